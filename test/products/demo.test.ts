import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Report, withoutSecrets } from '../../examples/demo/report.js'
import { Caller, signedIn } from './support.js'

const DEMO = fileURLToPath(new URL('../../examples/demo.ts', import.meta.url))

/** The demo as a process, and what it printed so far. */
function demo(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', DEMO, ...args], {
    env: { ...process.env, NO_COLOR: '1', PORT: '0' },
  })
  onTestFinished(() => void child.kill('SIGTERM'))
  let printed = ''
  const waiting: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk
      for (const look of waiting) look()
    })
  }
  return {
    child,
    printed: () => printed,
    ended: once(child, 'exit').then(([code]) => code),
    says: (text: RegExp) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const found = text.exec(printed)?.[1]
          if (found !== undefined) resolve(found)
        }
        waiting.push(look)
        look()
      }),
  }
}

describe('npm run demo', { timeout: 90_000 }, () => {
  it('SL1 SL5 SL6 SL9 SL11 SL15 acts as a user, a script, an app and an agent, prints no secret, and ends with 0', async () => {
    const { ended, printed } = demo()
    expect(await ended).toBe(0)
    expect(printed()).toMatch(/(\d\d) of \1 answers are as they should be/)
    expect(printed()).not.toContain('✗')
    for (const shown of ['it opens the account', 'it asked Alice again', 'its very next request is refused']) {
      expect(printed()).toContain(shown)
    }
    expect(printed()).toMatch(/x-api-key: sl_\w{11}…/)
    expect(printed()).not.toMatch(/sl_\w{12}|eyJ|_token":"[^…]/)
  })

  it('SL2 SL8 leaves the dashboard running when it is asked to, with something to look at, until it is interrupted', async () => {
    const { child, ended, says } = demo('--stay')
    const origin = await says(/The dashboard is at (http:\S+)\/settings/)
    const alice = await signedIn(origin, 'alice')
    expect((await alice.get('/settings/api-tokens')).text).toContain('CI pipeline')
    expect((await alice.get('/settings/connected-apps')).text).toContain('Helpful Agent')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    await expect(new Caller(origin).get('/')).rejects.toThrow()
  })
})

describe('the report of the demo', () => {
  const report = async (answer: { status: number; text: string }) => {
    const lines: string[] = []
    const made = new Report((line) => lines.push(line))
    await made.step({
      who: 'app',
      asks: 'GET /',
      does: async () => answer,
      status: 200,
      says: 'yes',
      shows: 'all is well',
    })
    return { wrong: made.wrong, text: lines.join('\n') }
  }

  it('tells an answer that is as it should be from one that is not', async () => {
    expect(await report({ status: 200, text: 'yes' })).toMatchObject({
      wrong: [],
      text: expect.stringContaining('✓ all is well'),
    })
    for (const answer of [
      { status: 201, text: 'yes' },
      { status: 200, text: 'no' },
    ]) {
      expect(await report(answer)).toMatchObject({ wrong: ['app: GET /'], text: expect.stringContaining('✗') })
    }
  })

  it('keeps secrets to itself', () => {
    expect(withoutSecrets('sl_12345678901abcdef {"refresh_token":"sl_r_1","access_token":"eyJ.x"}')).toBe(
      'sl_12345678901… {"refresh_token":"…","access_token":"…"}',
    )
  })
})
