import { fileURLToPath } from 'node:url'
import { createAccounts, createPkce, system, user } from 'tokenloop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { type Answer, asked, catalogue, endOf, nodeOn, redemption, refreshing, START } from '../support/jobs/oauth.js'
import { freshGround, shared } from '../support/places.js'
import { askAll, startWorkers, type Worker } from '../support/workers.js'
import { byAssertion, claimsOf, signedBy } from './assertions.js'

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

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const METADATA = { redirect_uris: ['https://client.test/cb'], token_endpoint_auth_method: 'none' }
const CHALLENGE = createPkce().challenge

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
  return { ...here, now: clock.now, advance, client, connected }
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

    it('R8 takes an assertion once, 64 ways at once, and registers one client for an initial access token', async () => {
      const { auth, store } = await server(place)
      const key = await generateKey()
      const { kty, crv, x, y, kid } = key
      const { client } = await auth.clients.create({
        by: system,
        grantTypes: ['client_credentials'],
        scopes: ['read'],
        authMethod: 'private_key_jwt',
        jwks: { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] },
      })
      for (const _ of rounds) {
        const assertion = await signedBy(key, { alg: 'ES256', kid }, claimsOf(client.id, START))
        const asserted = await racing({ grant_type: 'client_credentials', ...byAssertion(assertion) })
        expect(outcomes(asserted)).toEqual({ '200 done': 1, '401 invalid_client': RACERS - 1 })

        const { secret } = await auth.clients.initialAccess({ by: system })
        const task = { metadata: METADATA, token: secret.reveal(), count: EACH }
        const registered = (await askAll<readonly Answer[]>(workers, 'register', task)).flat()
        expect(outcomes(registered)).toEqual({ '201 done': 1, '401 invalid_token': RACERS - 1 })
        const [made, ...others] = registered.filter(({ id }) => id !== undefined)
        expect(others).toEqual([])
        expect((await store.get('client', made?.id ?? '')).record).toMatchObject({ origin: 'dynamic' })
      }
      const { items } = await store.list('client', {}, { limit: 10_000 })
      expect(items.filter(({ record }) => record.origin === 'dynamic')).toHaveLength(ROUNDS)
    })

    it('R8 redeems a device code once, 64 ways at once, and each of them gets the same refresh token', async () => {
      const { auth, device, token, store, advance } = await server(place)
      const { client } = await auth.clients.create({
        by: system,
        authMethod: 'none',
        grantTypes: [DEVICE_CODE, 'refresh_token'],
      })
      for (const _ of rounds) {
        const poll = { grant_type: DEVICE_CODE, client_id: client.id, device_code: await device(client.id) }
        const answers = await racing(poll)
        expect(outcomes(answers)).toEqual({ '200 done': RACERS })
        const [first, ...others] = new Set(answers.map(({ refresh }) => refresh))
        expect(others).toEqual([])
        expect((await store.get('authorization', (first ?? '').slice(3, 14))).version).toBe(2)
        const next = await token(refreshing(client.id, first))
        expect(next.status).toBe(200)
        // Beyond the window in which a user may type ten codes.
        await advance(600_000)
        expect(outcomes(await racing(poll))).toEqual({ '400 invalid_grant': RACERS })
        expect((await token(refreshing(client.id, next.refresh))).status).toBe(400)
      }
    })

    it('reaps an idle client, or lets a user consent to it at that very moment, and never leaves a grant without one', async () => {
      let reaping = await server(place)
      for (const round of rounds) {
        // Each round takes most of a year.
        if (round > 0 && round % 100 === 0) reaping = await server(place)
        const { auth, post, store, consent, advance, arrive, now } = reaping
        const { secret } = await auth.clients.initialAccess({ by: system })
        const made = await post('/oauth/register', JSON.stringify(METADATA), {
          authorization: `Bearer ${secret.reveal()}`,
        })
        const client = made.id ?? ''
        await consent(client)
        await createAccounts({ store, catalogue }).cutOff(user('alice'), { by: system })
        await advance(200 * 86_400_000)
        const [first, ...others] = workers as [Worker, ...Worker[]]
        const arriving = first.ask<readonly string[]>('arrive', { query: asked(client, CHALLENGE), count: 1 })
        await Promise.all(others.map((worker) => worker.ask('reap')))
        const [end] = await arriving
        const isAllowed = end === 'code'
        const { record } = await store.get('client', client)
        expect(record !== undefined).toBe(isAllowed)
        if (isAllowed) expect(record).toMatchObject({ status: 'active', keepUntil: null })
        const { items } = await store.list('grant', { client }, { limit: 10 })
        const since = now() - 86_400_000
        expect(items.some((grant) => grant.record.createdAt > since && grant.record.status === 'active')).toBe(
          isAllowed,
        )
        expect(endOf(await arrive(asked(client, CHALLENGE))) === 'code').toBe(isAllowed)
      }
    })

    it('R8 takes one request that was pushed to one code, and a client that begins everywhere at once to one grant', async () => {
      const { auth, client, connected, push } = await server(place)
      await connected()
      for (const _ of rounds) {
        const request_uri = await push(client)
        const arrived = await askAll<readonly string[]>(workers, 'arrive', {
          query: { client_id: client, request_uri },
          count: EACH,
        })
        const { code, ...refused } = tally(arrived.flat())
        expect(code).toBe(1)
        expect(Object.values(refused).reduce((a, b) => a + b, 0)).toBe(RACERS - 1)

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
