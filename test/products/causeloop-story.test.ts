import { describe, expect, it } from 'vitest'
import { causeloop } from '../../examples/causeloop/app.js'
import { stores } from '../support/stores.js'
import { Player } from './causeloop-player.js'
import { STORY, type Step } from './causeloop-story.js'
import { served } from './support.js'

describe.each(stores)('what is said of Causeloop, store: $name', ({ make }) => {
  const play = async (...steps: (Step | readonly Step[])[]) => {
    const { origin } = await served(make, (store) => causeloop({ store }))
    const player = new Player(origin)
    const outcomes = []
    for (const step of steps) outcomes.push(...(await Promise.all([step].flat().map((one) => player.play(one)))))
    return outcomes
  }
  const isAsSaid = async (...steps: Step[]) => (await play(...steps)).map(({ differs }) => differs.length === 0)
  const signIn: Step = { who: 'bob', ask: 'POST /login', form: { user: 'bob' }, status: 303, shows: '' }
  const list: Step = { who: 'bob', ask: 'GET /v1/api-tokens', status: 200, answer: { data: [] }, shows: '' }

  it('CL1 CL2 CL4 CL5 CL6 CL7 CL8 CL9 CL10 CL11 holds, from signing in to leaving', async () => {
    const outcomes = await play(...STORY.flatMap(({ steps }) => steps))
    expect(outcomes.length).toBeGreaterThan(30)
    expect(outcomes.filter(({ differs }) => differs.length > 0)).toEqual([])
  })

  it('would be found out where an answer is not as it should be', async () => {
    expect(await isAsSaid(signIn, list)).toEqual([true, true])
    expect(await isAsSaid(signIn, { ...list, status: 201 })).toEqual([true, false])
    expect(await isAsSaid(signIn, { ...list, status: [201, 200] })).toEqual([true, true])
    expect(await isAsSaid(signIn, { ...list, answer: { data: [{}] } })).toEqual([true, false])
    expect(await isAsSaid(signIn, { ...list, answer: { next_cursor: 'x' } })).toEqual([true, false])
    expect(await isAsSaid(list)).toEqual([false])
  })
})
