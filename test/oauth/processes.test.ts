import { fileURLToPath } from 'node:url'
import { system } from 'tokenloop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { type Answer, nodeOn, redemption, refreshing, START } from '../support/jobs/oauth.js'
import { freshGround, shared } from '../support/places.js'
import { askAll, startWorkers, type Worker } from '../support/workers.js'

/*
 * The races of the authorization server between processes, on a real database: 4 processes of 16 racers each, round after round.
 */

const JOBS = fileURLToPath(new URL('../support/jobs/oauth.ts', import.meta.url))
const PROCESSES = 4
const EACH = 16
const RACERS = PROCESSES * EACH
/** How often each race is run; thousands in longer runs. */
const ROUNDS = Number(process.env.OAUTH_ROUNDS ?? 2)
const rounds = Array.from({ length: ROUNDS }, (_, i) => i)

let workers: readonly Worker[]

beforeAll(async () => {
  workers = await startWorkers(PROCESSES, JOBS)
}, 120_000)

afterAll(() => Promise.all(workers.map((worker) => worker.kill())))

/** A server that all the workers are nodes of, and one more node here, with an app of alice's. */
async function server(place: (typeof shared)[number]) {
  const { ground, address } = await freshGround(place)
  await migrateGround(ground)
  const { schema, prefix } = ground.naming
  let now = START
  const clock = { now: () => now }
  const here = await nodeOn(sqlStore(ground.engine, { prefix, clock, ...(schema !== undefined && { schema }) }), clock)
  await askAll(workers, 'start', { address, now })
  const advance = async (ms: number) => {
    now += ms
    await askAll(workers, 'time', { now })
  }
  const client = await here.publicClient()
  const connected = async () => here.token(redemption(await here.consent(client)))
  return { ...here, advance, client, connected }
}

const racing = async (fields: object): Promise<readonly Answer[]> =>
  (await askAll<readonly Answer[]>(workers, 'token', { fields, count: EACH })).flat()

/** How often each outcome came out. */
function tally(values: readonly unknown[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}
const outcomes = (answers: readonly Answer[]) =>
  tally(answers.map(({ status, error = 'done' }) => `${status} ${error}`))
const verdicts = async (tokens: readonly (string | undefined)[]) =>
  tally((await askAll<readonly string[]>(workers, 'check', { tokens })).flat())

describe.each(shared)(
  `the authorization server in ${PROCESSES} processes on %s`,
  { timeout: 120_000 + ROUNDS * 20_000 },
  (place) => {
    it('R8 A8.2 redeems a code once, 64 ways at once, and the winner keeps its tokens', async () => {
      const { client, consent, token } = await server(place)
      for (const _ of rounds) {
        const answers = await racing(redemption(await consent(client)))
        expect(outcomes(answers)).toEqual({ '200 done': 1, '400 invalid_grant': RACERS - 1 })
        const won = answers.find(({ status }) => status === 200)
        expect(await verdicts([won?.access])).toEqual({ ok: PROCESSES })
        expect((await token(refreshing(client, won?.refresh))).status).toBe(200)
      }
    })

    it('R8 A9.4 gives one successor to a refresh token, 64 ways at once, from one write; later it is reuse', async () => {
      const { client, connected, token, store, advance } = await server(place)
      for (const _ of rounds) {
        const device = await connected()
        const first = await connected()
        const answers = await racing(refreshing(client, first.refresh))
        expect(outcomes(answers)).toEqual({ '200 done': RACERS })
        expect(new Set(answers.map(({ refresh }) => refresh)).size).toBe(1)
        const { record } = await store.get('authorization', (first.refresh ?? '').slice(3, 14))
        expect(record?.refresh?.generation).toBe(2)
        const next = await token(refreshing(client, answers[0]?.refresh))
        expect(next.status).toBe(200)
        await advance(1)
        expect(outcomes(await racing(refreshing(client, first.refresh)))).toEqual({ '400 invalid_grant': RACERS })
        expect((await token(refreshing(client, next.refresh))).status).toBe(400)
        expect(Object.keys(await verdicts(answers.map(({ access }) => access)))).toEqual(['revoked'])
        expect((await token(refreshing(client, device.refresh))).status).toBe(200)
      }
    })

    it('R9 lets nothing live on that was refreshed or redeemed while the app was disconnected', async () => {
      const { auth, client, connected, consent, token } = await server(place)
      for (const _ of rounds) {
        const devices = await Promise.all(workers.map(() => connected()))
        const codes = await Promise.all(workers.map(() => consent(client)))
        const [app] = (await auth.grants.list({ subject: 'alice' })).items
        const [first, ...others] = workers as [Worker, ...Worker[]]
        const refreshed = others.map((worker, i) =>
          worker.ask<readonly Answer[]>('chain', { client, token: devices[i]?.refresh, most: 40 }),
        )
        const redeemed = others.map((worker, i) =>
          worker.ask<readonly Answer[]>('token', {
            fields: redemption(codes[i] ?? { client, code: '', verifier: '' }),
          }),
        )
        await first.ask('revoke', { id: app?.id })
        const after = await token(refreshing(client, devices[3]?.refresh))
        expect(after.status).toBe(400)
        const answers = (await Promise.all([...refreshed, ...redeemed])).flat()
        expect(answers.filter(({ status }) => status !== 200 && status !== 400)).toEqual([])
        const got = answers.filter(({ status }) => status === 200)
        expect(
          Object.keys(await verdicts(got.map(({ access }) => access))).filter((said) => said !== 'revoked'),
        ).toEqual([])
        for (const { refresh } of got) expect((await token(refreshing(client, refresh))).status).toBe(400)
      }
    })

    it('R8 takes one request that was pushed to one code, and a client that begins everywhere at once to one grant', async () => {
      const { auth, client, connected, push } = await server(place)
      await connected()
      for (const _ of rounds) {
        const request_uri = await push(client)
        const arrived = await askAll<readonly boolean[]>(workers, 'arrive', {
          query: { client_id: client, request_uri },
          count: EACH,
        })
        expect(tally(arrived.flat())).toEqual({ true: 1, false: RACERS - 1 })

        const machine = await auth.clients.create({ by: system, grantTypes: ['client_credentials'], scopes: ['read'] })
        const headers = { authorization: `Basic ${btoa(`${machine.client.id}:${machine.secret?.reveal()}`)}` }
        const fields = { grant_type: 'client_credentials' }
        const answers = await askAll<readonly Answer[]>(workers, 'token', { fields, headers, count: EACH })
        expect(outcomes(answers.flat())).toEqual({ '200 done': RACERS })
        expect((await auth.grants.list({ client: machine.client.id })).items).toHaveLength(1)
      }
    })
  },
)
