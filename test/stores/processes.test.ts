import { fileURLToPath } from 'node:url'
import { user } from 'tokenloop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { nodeOn, type Outcome } from '../support/jobs/tokens.js'
import { freshGround, shared } from '../support/places.js'
import { startWorkers, type Worker } from '../support/workers.js'

/*
 * The races of the library between processes, on a real database: 4 processes of 16 racers each, round after round.
 */

const JOBS = fileURLToPath(new URL('../support/jobs/tokens.ts', import.meta.url))
const PROCESSES = 4
const EACH = 16
const RACERS = PROCESSES * EACH
/** How often each race is run; thousands in longer runs. */
const ROUNDS = Number(process.env.PROCESS_ROUNDS ?? 5)

let workers: readonly Worker[]

beforeAll(async () => {
  workers = await startWorkers(PROCESSES, JOBS)
}, 60_000)

afterAll(() => Promise.all(workers.map((worker) => worker.kill())))

/** The same of every worker, at the same time. */
const all = async <T>(job: string, task: object): Promise<readonly T[]> =>
  (await Promise.all(workers.map((worker) => worker.ask<readonly T[]>(job, { count: EACH, ...task })))).flat()

/** A product that all the workers are nodes of, and one more node here. */
async function product(place: (typeof shared)[number]) {
  const { ground, address } = await freshGround(place)
  await migrateGround(ground)
  const { schema, prefix } = ground.naming
  const here = nodeOn(sqlStore(ground.engine, { prefix, ...(schema !== undefined && { schema }) }))
  await Promise.all(workers.map((worker) => worker.ask('start', { address })))
  const issue = (name: string) => here.tokens.issue({ by, owner: user('alice'), name, scopes: ['issues:read'] })
  return { ...here, issue }
}

const by = user('alice', { scopes: ['issues:read'] })

/** How often each outcome came out. */
function tally(values: readonly unknown[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}
const codes = (outcomes: readonly Outcome[]) => tally(outcomes.map(({ code }) => code))
const secretsOf = (outcomes: readonly Outcome[]) => outcomes.flatMap(({ secret = [] }) => secret)

/** What every process says to the same secrets. */
const verdicts = async (secrets: readonly string[]) => tally(await all<string>('verify', { secrets }))

const rounds = Array.from({ length: ROUNDS }, (_, i) => i)

describe.each(shared)(`races of ${PROCESSES} processes on %s`, { timeout: 120_000 + ROUNDS * 10_000 }, (place) => {
  it('R8 one of all gets a name, a rotation, the last unit of a quota, a single-use key and its value', async () => {
    const { store, tokens, issue } = await product(place)
    for (const round of rounds) {
      const named = await all<Outcome>('issue', { name: `round ${round}` })
      expect(codes(named)).toEqual({ done: 1, name_taken: RACERS - 1 })
      expect(await verdicts(secretsOf(named))).toEqual({ ok: PROCESSES })

      const { token, secret } = await issue(`rotated ${round}`)
      const rotated = await all<Outcome>('rotate', { id: token.id })
      expect(codes(rotated)).toEqual({ done: 1, conflict: RACERS - 1 })
      expect(await verdicts(secretsOf(rotated))).toEqual({ ok: PROCESSES })
      expect(await verdicts([secret.reveal()])).toEqual({ revoked: PROCESSES })

      const limited = await tokens.issue({
        ...{ by, owner: user('alice'), name: `limited ${round}`, scopes: ['issues:read'] as const },
        limits: [{ name: 'total', limit: 3 }],
      })
      await tokens.verify(limited.secret, { cost: 2 })
      const spending = Array<string>(EACH).fill(limited.secret.reveal())
      expect(await verdicts(spending)).toEqual({ ok: 1, limited: RACERS - 1 })

      const until = (await store.get('account', 'user:u')).now + 3_600_000
      expect(tally(await all('once', { key: `jti ${round}`, until }))).toEqual({ true: 1, false: RACERS - 1 })
      expect(tally(await all('take', { key: `jti ${round}` }))).toEqual({ true: 1, false: RACERS - 1 })
    }
  })

  it('R9 no token of an account lives on when its deletion has returned, also one that is issued meanwhile', async () => {
    const { accounts } = await product(place)
    for (const round of rounds) {
      const { id } = await accounts.create({ by, name: `bot ${round}`, scopes: ['issues:read'] })
      const [first, ...others] = workers as [Worker, ...Worker[]]
      const issuing = others.map((worker) => worker.ask<readonly Outcome[]>('issue', { count: EACH, ownerId: id }))
      expect(await first.ask('delete', { id })).toEqual({ code: 'done' })
      const early = (await Promise.all(issuing)).flat()
      expect(Object.keys(codes(early)).filter((code) => !ALLOWED.includes(code))).toEqual([])
      const issued = secretsOf(early)
      expect(Object.keys(await verdicts(issued)).filter((answer) => answer === 'ok')).toEqual([])
      const late = await others[0]?.ask<readonly Outcome[]>('issue', { count: 1, ownerId: id })
      expect(late?.[0]?.code).not.toBe('done')
    }
  })

  it('R9 a revocation wins over uses that are flushed at the same time, and they take nothing of it back', async () => {
    const { store, issue } = await product(place)
    for (const round of rounds) {
      const { token, secret } = await issue(`used ${round}`)
      const [first, ...others] = workers as [Worker, ...Worker[]]
      const using = others.map((worker) => worker.ask('use', { secret: secret.reveal(), count: EACH }))
      expect(await first.ask('revoke', { id: token.id })).toEqual({ code: 'done' })
      expect(await first.ask('verify', { secrets: [secret.reveal()] })).toEqual(['revoked'])
      await Promise.all(using)
      expect(await verdicts([secret.reveal()])).toEqual({ revoked: PROCESSES })
      expect((await store.get('token', token.id)).record?.revoked).not.toBeNull()
    }
  })
})

/** What an issue may be told that an account's deletion overtakes. */
const ALLOWED = ['done', 'ended', 'owner_inactive', 'not_found', 'conflict']
