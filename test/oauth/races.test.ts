import { system, user } from 'tokenloop'
import { createGuard, jwts } from 'tokenloop/resource'
import { createClock, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { type Answer, catalogue, ISSUER, RESOURCE, world } from './support.js'

/** How often each race is run, each time with other waits; thousands in longer runs. */
const ROUNDS = Number(process.env.OAUTH_RACES ?? 3)
const RACERS = 64

const race = <T>(run: (i: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, i) => run(i)))
const statuses = (answers: readonly Answer[]) =>
  Object.fromEntries([200, 400].map((status) => [status, answers.filter((answer) => answer.status === status).length]))

describe.each(stores)('races on $name, which takes its time', { timeout: 60_000 + ROUNDS * 10_000 }, ({ make }) => {
  /** A server in each round's own weather. */
  async function server(seed: number, bare: Awaited<ReturnType<typeof make>>, clock = createClock()) {
    const as = await world({ clock, store: bare, wrap: (store) => slowStore(store, { seed, max: 4 }) })
    const client = await as.publicClient()
    const guard = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [jwts({ issuer: ISSUER, keys: as.keys, store: bare, clock })],
    })
    const works = async ({ access_token }: Answer['body']) =>
      (await guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${access_token}` } }))).ok
    const refresh = (token: unknown) =>
      as.post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: String(token) })
    const redeem = ({ code, verifier }: { code: string; verifier: string }) =>
      as.post('/oauth/token', { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier })
    return { ...as, client, works, refresh, redeem }
  }

  it('R8 A8.2 one of 64 redeems a code, and keeps its tokens', async () => {
    const clock = createClock()
    const store = await make({ clock })
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { codeFor, client, redeem, works } = await server(seed, store, clock)
      const code = await codeFor(client)
      const answers = await race(() => redeem(code))
      expect(statuses(answers)).toEqual({ 200: 1, 400: RACERS - 1 })
      expect(await works(answers.find(({ status }) => status === 200)?.body ?? {})).toBe(true)
    }
  })

  it('R8 A9.4 64 refresh with one token, and get one successor', async () => {
    const clock = createClock()
    const store = await make({ clock })
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { connect, client, refresh } = await server(seed, store, clock)
      const { body } = await connect(client)
      const answers = await race(() => refresh(body.refresh_token))
      expect(statuses(answers)).toEqual({ 200: RACERS, 400: 0 })
      const [successor, ...others] = new Set(answers.map((answer) => answer.body.refresh_token))
      expect(others).toEqual([])
      expect((await store.get('authorization', String(successor).slice(3, 14))).record?.refresh?.generation).toBe(2)
      expect((await refresh(successor)).status).toBe(200)
    }
  })

  it('R9 nothing that is handed out while an app is disconnected is accepted once that has returned', async () => {
    const clock = createClock()
    const store = await make({ clock })
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { auth, connect, codeFor, client, refresh, redeem, works, authorize } = await server(seed, store, clock)
      const devices = await Promise.all(Array.from({ length: 8 }, () => connect(client)))
      const codes = await Promise.all(Array.from({ length: 8 }, () => codeFor(client)))
      const { items } = await auth.grants.list({ client })
      const racers = [...devices.map(({ body }) => refresh(body.refresh_token)), ...codes.map(redeem)]
      const consents = Array.from({ length: 4 }, () => authorize(client))
      await auth.grants.revoke(items[0]?.id ?? '', { by: user('alice') })
      for (const { body } of devices) expect((await refresh(body.refresh_token)).status).toBe(400)
      for (const code of codes) expect((await redeem(code)).status).toBe(400)
      const answers = await Promise.all(racers)
      for (const { status, body } of answers) {
        expect([200, 400]).toContain(status)
        expect(await works(body)).toBe(false)
        if (status === 200) expect((await refresh(body.refresh_token)).status).toBe(400)
      }
      await Promise.all(consents)
    }
  })

  it('R8 64 exchange a pair for the first time under one grant, and one of 64 revocations takes place', async () => {
    const clock = createClock()
    const store = await make({ clock })
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { auth, events } = await server(seed, store, clock)
      const made = { by: system, grantTypes: ['client_credentials', 'refresh_token'], roles: ['Reader'] } as const
      const { client, secret } = await auth.clients.create(made)
      const sets = await race(() => auth.exchange({ clientId: client.id, secret }))
      expect(sets.filter(({ ok }) => !ok)).toEqual([])
      const { items } = await auth.grants.list({ client: client.id })
      expect(items).toHaveLength(1)
      await race(() => auth.grants.revoke(items[0]?.id ?? '', { by: system }))
      expect(events.filter(({ type }) => type === 'grant.revoked')).toHaveLength(1)
    }
  })
})
