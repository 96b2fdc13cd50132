import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { causeloop } from '../../examples/causeloop/app.js'
import { Player } from '../../examples/demo/play.js'
import { STORY, type Step } from '../../examples/demo/story.js'
import { stores } from '../support/stores.js'
import { served } from './support.js'

describe.each(stores)('the demo, store: $name', ({ make }) => {
  const play = async (...steps: Step[]) => {
    const { origin } = await served(make, (store) => causeloop({ store }))
    const player = new Player(origin)
    const outcomes = []
    for (const step of steps) outcomes.push(await player.play(step))
    return outcomes.map(({ differs }) => differs.length === 0)
  }
  const signIn: Step = { who: 'bob', ask: 'POST /login', form: { user: 'bob' }, status: 303, shows: '' }
  const list: Step = { who: 'bob', ask: 'GET /v1/api-tokens', status: 200, answer: { data: [] }, shows: '' }

  it('tells an answer that is as it should be from one that is not', async () => {
    expect(await play(signIn, list)).toEqual([true, true])
    expect(await play(signIn, { ...list, status: 201 })).toEqual([true, false])
    expect(await play(signIn, { ...list, status: [201, 200] })).toEqual([true, true])
    expect(await play(signIn, { ...list, answer: { data: [{}] } })).toEqual([true, false])
    expect(await play(signIn, { ...list, answer: { next_cursor: 'x' } })).toEqual([true, false])
    expect(await play(list)).toEqual([false])
  })

  it('acts with the token that was kept, and with none where none was', async () => {
    const make: Step = {
      who: 'bob',
      ask: 'POST /v1/api-tokens',
      json: { name: 'ci', scopes: ['issues:read'] },
      status: 201,
      keep: 'ci',
      shows: '',
    }
    const read: Step = { who: 'ci', ask: 'GET /v1/issues', status: 200, shows: '' }
    expect(await play(signIn, make, read)).toEqual([true, true, true])
    expect(await play(signIn, read)).toEqual([true, false])
  })
})

describe('npm run demo', { timeout: 60_000 }, () => {
  it('prints every request with its answer, no secret, and ends with 0', async () => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      fileURLToPath(new URL('../../examples/demo.ts', import.meta.url)),
    ])
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed += chunk
      })
    }
    const [code] = await once(child, 'exit')
    const steps = STORY.flatMap((chapter) => chapter.steps).flat()
    expect(code).toBe(0)
    expect(printed).toContain(`${steps.length} of ${steps.length} answers are as they should be`)
    for (const { shows } of steps) expect(printed).toContain(`✓ ${shows}`)
    expect(printed).toMatch(/"secret":"cl_\w{11}…/)
    expect(printed).not.toMatch(/cl_\w{12}/)
  })
})
