import { createAccounts, memoryStore, system, user } from 'tokenloop'
import { createProver } from 'tokenloop/jwt'
import { createGuard, jwts } from 'tokenloop/resource'
import { countingStore, createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { catalogue, forged, ISSUER, RESOURCE, type World, type WorldOptions, world } from './support.js'

const REFUSED = { status: 400, body: { error: 'invalid_grant' } }
const OTHER = 'https://rs.test/other'
const PEPPERS = [1, 2].map((n) => ({ id: `p${n}`, key: new Uint8Array(32).fill(n) }))

/** A public client that is connected, and how it refreshes. */
async function connected(options: WorldOptions = {}) {
  const as = await world(options)
  const client = await as.publicClient()
  const { body } = await as.connect(client)
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [jwts({ issuer: ISSUER, keys: as.keys, store: as.store, clock: as.clock })],
  })
  const works = async (token: unknown) =>
    (await guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } }))).ok
  const ids = async () => String(body.refresh_token).slice(3, 14)
  const state = async () => (await as.bare.get('authorization', await ids())).record
  return { ...as, as, client, first: body, refresh: refreshing(as, client), works, state }
}

const refreshing =
  ({ post }: Pick<World, 'post'>, client: string) =>
  (token: unknown, fields: object = {}, headers = {}) =>
    post(
      '/oauth/token',
      { grant_type: 'refresh_token', client_id: client, refresh_token: String(token), ...fields },
      headers,
    )

const endsOf = ({ events }: World) => events.filter(({ type }) => type === 'authorization.ended')
const repeatsOf = ({ events }: World) => events.filter(({ type }) => type === 'refresh.repeated')

describe('a refresh token', () => {
  it('A9.1 used again after its successor was used ends its authorization, and no other device', async () => {
    const { first, refresh, works, connect, client, as } = await connected()
    const device = (await connect(client)).body
    const second = (await refresh(first.refresh_token)).body
    const third = (await refresh(second.refresh_token)).body
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED)
    expect(endsOf(as)).toMatchObject([{ detail: { why: 'refresh_reused', client } }])
    for (const { access_token } of [first, second, third]) expect(await works(access_token)).toBe(false)
    for (const { refresh_token } of [first, second, third]) expect(await refresh(refresh_token)).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
    expect(await works(device.access_token)).toBe(true)
    expect(await refresh(device.refresh_token)).toMatchObject({ status: 200 })
  })

  it('A9.2 R3 repeated within the window gets the same successor, is told, and writes nothing', async () => {
    const { first, refresh, state, clock, as } = await connected()
    const next = (await refresh(first.refresh_token)).body
    const written = await state()
    clock.advance(29_999)
    const again = await refresh(first.refresh_token)
    expect(again).toMatchObject({ status: 200, body: { refresh_token: next.refresh_token } })
    expect(await state()).toEqual(written)
    expect(repeatsOf(as)).toHaveLength(1)
    expect((await refresh(next.refresh_token)).status).toBe(200)
  })

  it('A9.3 R4 repeated after the window ends its authorization, however often it was repeated in it', async () => {
    const { first, refresh, clock, as } = await connected()
    const next = (await refresh(first.refresh_token)).body
    for (let i = 0; i < 3; i++) {
      clock.advance('9s')
      expect((await refresh(first.refresh_token)).status).toBe(200)
    }
    clock.advance('3s')
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
    expect(await refresh(next.refresh_token)).toMatchObject(REFUSED)
  })

  it('A9.3 with no window, a repeat is reuse at once', async () => {
    const { first, refresh, as } = await connected({ lifetimes: { refreshWindow: 0 } })
    expect((await refresh(first.refresh_token)).status).toBe(200)
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
  })

  it('A9.6 R59 is known for used after a restart, and other devices live on', async () => {
    const { first, refresh, clock, store, connect, client } = await connected()
    const device = (await connect(client)).body
    const next = (await refresh(first.refresh_token)).body
    clock.advance('31s')
    const again = refreshing(await world({ store, clock }), client)
    expect(await again(first.refresh_token)).toMatchObject(REFUSED)
    expect(await again(next.refresh_token)).toMatchObject(REFUSED)
    expect((await again(device.refresh_token)).status).toBe(200)
  })

  it('A9.2 R59 gives the same successor after a restart within the window too', async () => {
    const { first, refresh, clock, store, client } = await connected({ peppers: PEPPERS })
    const next = (await refresh(first.refresh_token)).body
    const again = refreshing(await world({ store, clock, peppers: PEPPERS }), client)
    expect((await again(first.refresh_token)).body.refresh_token).toBe(next.refresh_token)
  })

  it('A9.7 A9.8 of one client is nothing to another, or to who does not authenticate, also when it is old', async () => {
    const as = await world()
    const { id, basic } = await as.confidentialClient()
    const { code, verifier } = await as.codeFor(id)
    const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const first = (await as.post('/oauth/token', redemption, basic)).body
    const own = (token: unknown) => refreshing(as, id)(token, { client_id: undefined }, basic)
    const next = (await own(first.refresh_token)).body
    as.clock.advance('1m')
    const strangers = [
      [{ client_id: await as.publicClient() }, {}],
      [{ client_id: undefined }, (await as.confidentialClient()).basic],
      [{ client_id: id }, {}],
      [{ client_id: undefined }, { authorization: `Basic ${btoa(`${id}:cs_wrong`)}` }],
      [{ client_id: undefined }, {}],
    ] as const
    for (const [fields, headers] of strangers) {
      for (const { refresh_token } of [first, next]) {
        expect((await refreshing(as, id)(refresh_token, fields, headers)).status).toBeGreaterThanOrEqual(400)
      }
    }
    expect(endsOf(as)).toEqual([])
    expect((await own(next.refresh_token)).status).toBe(200)
  })

  it('with another family part is unknown, and ends nothing', async () => {
    const { first, refresh, state, as } = await connected()
    const before = await state()
    for (let i = 0; i < 3; i++) expect(await refresh(forged(String(first.refresh_token)))).toMatchObject(REFUSED)
    expect(await state()).toEqual(before)
    expect(endsOf(as)).toEqual([])
    expect((await refresh(first.refresh_token)).status).toBe(200)
  })

  it('A9.12 is no access token, and an access token is no refresh token', async () => {
    const { first, refresh, works } = await connected()
    expect(await works(first.refresh_token)).toBe(false)
    for (const token of [first.access_token, 'rt_x', '', 'at_x']) expect((await refresh(token)).status).toBe(400)
    expect((await refresh(first.refresh_token)).status).toBe(200)
  })

  it('A9.13 is refused once its user, its client or its grant has ended', async () => {
    const ends: readonly ((of: Awaited<ReturnType<typeof connected>>) => Promise<unknown>)[] = [
      ({ store }) => createAccounts({ store, catalogue }).suspend(user('alice'), { by: system }),
      ({ store }) => createAccounts({ store, catalogue }).delete(user('alice'), { by: system }),
      ({ auth }) => auth.grants.revokeAll({ by: system, subject: 'alice' }),
      ({ auth, client }) => auth.grants.revokeAll({ by: system, client }),
    ]
    for (const end of ends) {
      const of = await connected()
      await end(of)
      expect(await of.refresh(of.first.refresh_token)).toMatchObject(REFUSED)
      expect(endsOf(of.as)).toEqual([])
    }
  })

  it('A9.13 reused while its user is suspended does not live on when they are resumed', async () => {
    const { first, refresh, store, clock } = await connected()
    const next = (await refresh(first.refresh_token)).body
    const accounts = createAccounts({ store, catalogue })
    await accounts.suspend(user('alice'), { by: system })
    clock.advance('1m')
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED)
    await accounts.resume(user('alice'), { by: system })
    expect(await refresh(next.refresh_token)).toMatchObject(REFUSED)
  })

  it('A9.14 I7 costs the same after ten thousand rotations, and takes no more room', { timeout: 60_000 }, async () => {
    const clock = createClock()
    const store = countingStore(memoryStore({ clock }))
    const resources = [{ id: RESOURCE, format: 'opaque' }] as const
    const { first, refresh, state, as } = await connected({ store, clock, resources })
    const costOf = async (token: unknown) => {
      store.reset()
      const { body } = await refresh(token)
      return { next: body.refresh_token, calls: store.total }
    }
    const size = async () => JSON.stringify(await state()).length
    let { next, calls } = await costOf(first.refresh_token)
    const [atFirst, before] = [calls, await size()]
    for (let i = 0; i < 9_999; i++) ({ next, calls } = await costOf(next))
    expect((await state())?.refresh?.generation).toBe(10_001)
    expect(calls).toBe(atFirst)
    expect((await size()) - before).toBeLessThan(10)
    expect((await costOf(first.refresh_token)).calls).toBeLessThanOrEqual(atFirst + 1)
    expect(endsOf(as)).toHaveLength(1)
  })

  it('R3 keeps the salt of a repeat for the window, and the next sweep erases it', async () => {
    const { first, refresh, state, store, clock, as } = await connected()
    const { body: next } = await refresh(first.refresh_token)
    const rotated = await state()
    clock.advance(29_999)
    expect(await store.sweep(100)).toMatchObject({ removed: 0 })
    expect((await refresh(first.refresh_token)).body.refresh_token).toBe(next.refresh_token)
    clock.advance(1)
    await store.sweep(100)
    const { salt, ...refreshState } = rotated?.refresh ?? {}
    expect(salt).toBeDefined()
    expect(await state()).toEqual({ ...rotated, refresh: refreshState, keepUntil: salt?.keepUntil })
    const { body: last } = await refresh(next.refresh_token)
    expect((await state())?.refresh?.salt).not.toEqual(salt)
    clock.advance('29d')
    await store.sweep(100)
    expect(await refresh(first.refresh_token)).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
    expect(await refresh(last.refresh_token)).toMatchObject(REFUSED)
    clock.advance('30d')
    await store.sweep(100)
    expect(await state()).toBeUndefined()
  })

  it('has no salt where there is no window', async () => {
    const { first, refresh, state } = await connected({ lifetimes: { refreshWindow: 0 } })
    expect((await refresh(first.refresh_token)).status).toBe(200)
    expect((await state())?.refresh).not.toHaveProperty('salt')
  })

  it.each([
    ['not used for 30 days', '30d', 400],
    ['used a moment before', 30 * 86_400_000 - 1, 200],
  ] as const)('is over when it was %s', async (_, time, status) => {
    const { first, refresh, clock, as } = await connected()
    clock.advance(time)
    expect((await refresh(first.refresh_token)).status).toBe(status)
    expect(endsOf(as)).toEqual([])
  })

  it('is over a year after consent, however often it is used, and says how long it has', async () => {
    const { first, refresh, clock, works } = await connected({ lifetimes: { refresh: '90d' } })
    let { body } = await refresh(first.refresh_token)
    for (let day = 0; day < 85; day += 17) {
      clock.advance('17d')
      body = (await refresh(body.refresh_token)).body
    }
    expect(body.refresh_token_expires_in).toBe(5 * 86_400)
    clock.advance(5 * 86_400_000 - 60_000)
    body = (await refresh(body.refresh_token)).body
    expect(body).toMatchObject({ expires_in: 60, refresh_token_expires_in: 60 })
    clock.advance(60_000)
    expect(await works(body.access_token)).toBe(false)
    expect(await refresh(body.refresh_token)).toMatchObject(REFUSED)
  })

  it('moves to a newer pepper as it is used, and its predecessor still gets the same successor', async () => {
    const [old, newer] = PEPPERS as [(typeof PEPPERS)[0], (typeof PEPPERS)[0]]
    const { first, store, clock, client, state } = await connected({ peppers: [old] })
    const both = refreshing(await world({ store, clock, peppers: [newer, old] }), client)
    const next = (await both(first.refresh_token)).body
    expect((await state())?.refresh).toMatchObject({ current: { pepper: 'p2' }, family: { pepper: 'p2' } })
    expect((await both(first.refresh_token)).body.refresh_token).toBe(next.refresh_token)
    const last = (await both(next.refresh_token)).body
    const without = refreshing(await world({ store, clock, peppers: [newer] }), client)
    expect((await without(last.refresh_token)).status).toBe(200)
  })
})

describe('what is asked for with a refresh token', () => {
  const TWO: WorldOptions = { resources: [{ id: RESOURCE }, { id: OTHER }] }

  it('A4.2 is no more than was allowed, and asking for more uses nothing up', async () => {
    const as = await world(TWO)
    const client = await as.publicClient()
    const { body } = await as.connect(client, { scope: 'read' })
    const refresh = refreshing(as, client)
    expect(await refresh(body.refresh_token, { scope: 'read write' })).toMatchObject({
      body: { error: 'invalid_scope' },
    })
    expect(await refresh(body.refresh_token, { scope: 'read  write' })).toMatchObject({
      body: { error: 'invalid_scope' },
    })
    expect(await refresh(body.refresh_token, { resource: OTHER })).toMatchObject({ body: { error: 'invalid_target' } })
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 200, body: { scope: 'read' } })
    expect(repeatsOf(as)).toEqual([])
  })

  it('A4.3 can be less, and all of it again the next time', async () => {
    const { first, refresh } = await connected()
    const less = (await refresh(first.refresh_token, { scope: 'read' })).body
    expect(less.scope).toBe('read')
    expect((await refresh(less.refresh_token)).body.scope).toBe('read write admin')
  })

  it('A9.9 is no more in a repeat than in what it repeats', async () => {
    const as = await world(TWO)
    const client = await as.publicClient()
    const first = (await as.connect(client, { resource: [RESOURCE, OTHER] })).body
    const refresh = refreshing(as, client)
    const asked = { scope: 'read write', resource: OTHER }
    const next = (await refresh(first.refresh_token, asked)).body
    expect(next.scope).toBe('read write')
    const more = [
      { resource: OTHER },
      { scope: 'admin', resource: OTHER },
      { scope: 'read' },
      { scope: 'read', resource: RESOURCE },
    ]
    for (const fields of more) expect((await refresh(first.refresh_token, fields)).status).toBe(400)
    expect(await refresh(first.refresh_token, { ...asked, scope: 'read' })).toMatchObject({
      body: { refresh_token: next.refresh_token, scope: 'read' },
    })
    expect(endsOf(as)).toEqual([])
    expect((await refresh(next.refresh_token)).status).toBe(200)
  })

  it('A9.9 is less in a repeat when the grant was narrowed meanwhile', async () => {
    const { auth, first, refresh } = await connected()
    const next = (await refresh(first.refresh_token)).body
    const [app] = (await auth.grants.list({ subject: 'alice' })).items
    await auth.grants.update(app?.id ?? '', { by: user('alice'), scopes: ['read'] })
    const again = await refresh(first.refresh_token)
    expect(again.body).toMatchObject({ refresh_token: next.refresh_token, scope: 'read' })
  })

  it('A9.9 A9.11 comes with the same key, or it is refused and ends nothing', async () => {
    const as = await world()
    const client = await as.publicClient()
    const [key, other] = [await createProver({ clock: as.clock }), await createProver({ clock: as.clock })]
    const by = async (prover: typeof key) => ({
      dpop: await prover.proof({ method: 'POST', url: `${ISSUER}/oauth/token` }),
    })
    const { code, verifier } = await as.codeFor(client)
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    const first = (await as.post('/oauth/token', redemption, await by(key))).body
    const refresh = refreshing(as, client)
    expect(await refresh(first.refresh_token)).toMatchObject({ body: { error: 'invalid_dpop_proof' } })
    expect(await refresh(first.refresh_token, {}, await by(other))).toMatchObject(REFUSED)
    const next = (await refresh(first.refresh_token, {}, await by(key))).body
    expect(next.token_type).toBe('DPoP')
    as.clock.advance('31s')
    for (const headers of [{}, await by(other)])
      expect((await refresh(first.refresh_token, {}, headers)).status).toBe(400)
    expect(endsOf(as)).toEqual([])
    expect((await refresh(next.refresh_token, {}, await by(key))).status).toBe(200)
    expect(await refresh(first.refresh_token, {}, await by(key))).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
  })

  it('A9.9 of a confidential client is bound to the key of each request, and a repeat to that of what it repeats', async () => {
    const as = await world()
    const { id, basic } = await as.confidentialClient()
    const [key, other] = [await createProver({ clock: as.clock }), await createProver({ clock: as.clock })]
    const by = async (prover: typeof key) => ({
      ...basic,
      dpop: await prover.proof({ method: 'POST', url: `${ISSUER}/oauth/token` }),
    })
    const { code, verifier } = await as.codeFor(id)
    const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const first = (await as.post('/oauth/token', redemption, basic)).body
    const refresh = async (token: unknown, headers: Record<string, string>) =>
      refreshing(as, id)(token, { client_id: undefined }, headers)
    const next = (await refresh(first.refresh_token, await by(key))).body
    expect(next.token_type).toBe('DPoP')
    const proof = await by(other)
    for (const headers of [basic, proof]) expect(await refresh(first.refresh_token, headers)).toMatchObject(REFUSED)
    expect((await refresh(first.refresh_token, await by(key))).body.refresh_token).toBe(next.refresh_token)
    // What was refused has not used its proof up.
    expect((await refresh(next.refresh_token, proof)).status).toBe(200)
  })
})
