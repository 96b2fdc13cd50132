import { createAccounts, memoryStore, system, user } from 'tokenloop'
import { managedKeys } from 'tokenloop/jwt'
import { createGuard, followRevocations, opaque } from 'tokenloop/resource'
import { countingStore, createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { randomBase62 } from '../../src/core/base62.js'
import { OAUTH, withVerifier } from '../../src/core/credential.js'
import type { Event } from '../../src/core/event.js'
import { catalogue, flowTransports, ISSUER, RESOURCE, type WorldOptions, world } from '../oauth/support.js'

const OTHER = 'https://rs.test/other'

/** An authorization server with two APIs, each of which is a client of its own. */
async function served({
  format = 'jwt' as 'jwt' | 'opaque',
  tenant,
  ...options
}: WorldOptions & { format?: 'jwt' | 'opaque'; tenant?: string } = {}) {
  const before = await world(options)
  const serverOf = async (name: string) => {
    const made = await before.auth.clients.create({
      by: system,
      name,
      grantTypes: ['client_credentials'],
      ...(tenant !== undefined && { tenant }),
    })
    const basic = { authorization: `Basic ${btoa(`${made.client.id}:${made.secret?.reveal()}`)}` }
    return { id: made.client.id, basic }
  }
  const [api, other] = [await serverOf('api'), await serverOf('other')]
  const as = await world({
    ...options,
    store: before.store,
    clock: before.clock,
    resources: [
      { id: RESOURCE, format, servers: [api.id] },
      { id: OTHER, format, servers: [other.id] },
    ],
  })
  const ask = (token: unknown, { basic }: { basic: Record<string, string> } = api, fields = {}) =>
    as.post('/oauth/introspect', { token: String(token), ...fields }, basic)
  const client = await as.publicClient()
  const { access_token: access, refresh_token: refresh } = (await as.connect(client)).body
  return { ...as, as, api, other, ask, client, access, refresh }
}

const INACTIVE = { status: 200, body: { active: false } }

describe.each(flowTransports)('RFC 7662 $name', (over) => {
  it.each(['jwt', 'opaque'] as const)('the server of a resource is told about a %s for it', async (format) => {
    const { ask, access, client, clock } = await served({ over, format })
    const { status, headers, body } = await ask(access, undefined, { token_type_hint: 'refresh_token' })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      active: true,
      iss: ISSUER,
      sub: 'alice',
      aud: RESOURCE,
      client_id: client,
      scope: 'read write admin',
      token_type: 'Bearer',
      iat: clock.now() / 1000,
      exp: clock.now() / 1000 + 600,
      tl: { kind: 'user' },
    })
  })
})

describe.each(['jwt', 'opaque'] as const)('RFC 7662 of a %s', (format) => {
  it('A17.2 says nothing at all of a token that cannot be used, or is not for who asks', async () => {
    const { ask, access, other, auth, clock, store, as, client } = await served({ format })
    const answers = async () => [await ask(access)]
    for (const token of ['x', 'at_0', `${access}x`, String(access).slice(0, -1), 'a.b.c', '\u2028']) {
      expect(await ask(token)).toMatchObject(INACTIVE)
    }
    const foreign = await ask(access, other)
    expect(foreign).toMatchObject(INACTIVE)
    expect(foreign.body).toEqual({ active: false })
    const accounts = createAccounts({ store, catalogue })
    await accounts.suspend(user('alice'), { by: system })
    expect(await answers()).toMatchObject([INACTIVE])
    await accounts.resume(user('alice'), { by: system })
    expect(await answers()).toMatchObject([{ body: { active: true } }])
    const [app] = (await auth.grants.list({ subject: 'alice' })).items
    await auth.grants.update(app?.id ?? '', { by: system, scopes: ['read'] })
    expect((await ask(access)).body.scope).toBe('read')
    await auth.grants.revoke(app?.id ?? '', { by: system })
    expect(await answers()).toMatchObject([INACTIVE])
    const next = (await as.connect(client)).body.access_token
    expect(await ask(next)).toMatchObject({ body: { active: true } })
    clock.advance('15m')
    expect(await ask(next)).toMatchObject(INACTIVE)
  })

  it('A17.6 any end is the end: of the user, the client, the grant or the authorization', async () => {
    const { ask, as, client, auth, post } = await served({ format })
    const ends: readonly ((refresh: string) => Promise<unknown>)[] = [
      () => auth.grants.revokeAll({ by: system, subject: 'alice' }),
      () => auth.grants.revokeAll({ by: system, client }),
      (token) => post('/oauth/revoke', { client_id: client, token }),
    ]
    for (const end of ends) {
      const { body } = await as.connect(client)
      expect(await ask(body.access_token)).toMatchObject({ body: { active: true } })
      await end(String(body.refresh_token))
      expect((await ask(body.access_token)).body).toEqual({ active: false })
    }
  })

  it('A17.2 is told to the server of a tenant about tokens of that tenant alone', async () => {
    const { ask, access, as, client, alice } = await served({ format, tenant: 'ws_1' })
    expect(await ask(access)).toMatchObject(INACTIVE)
    const { body } = await as.connect(client, {}, { ...alice, tenant: 'ws_1' })
    expect(await ask(body.access_token)).toMatchObject({ body: { active: true, tl: { tenant: 'ws_1' } } })
  })

  it('is enough for a guard elsewhere', async () => {
    const { auth, access, api, refresh, clock } = await served({ format })
    const guard = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [
        opaque({
          issuer: ISSUER,
          introspection: `${ISSUER}/oauth/introspect`,
          headers: () => api.basic,
          fetch: async (url, init) =>
            (await auth.handle(new Request(url, init))) ?? new Response(null, { status: 404 }),
          clock,
        }),
      ],
    })
    const check = (token: unknown) =>
      guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } }), 'write')
    expect(await check(access)).toMatchObject({ ok: true, principal: { kind: 'grant', subject: 'alice' } })
    expect(await check(refresh)).toMatchObject({ ok: false })
  })
})

describe('RFC 7662', () => {
  it('A17.1 asks who asks, and a public client cannot say', async () => {
    const { access, post, client } = await served()
    const fields = { token: String(access) }
    expect(await post('/oauth/introspect', fields)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const asPublic = await post('/oauth/introspect', { ...fields, client_id: client })
    expect(asPublic).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const wrong = { authorization: `Basic ${btoa(`${client}:x`)}` }
    expect(await post('/oauth/introspect', fields, wrong)).toMatchObject({ status: 401 })
  })

  it('A17.3 A9.12 tells of a refresh token to its own client alone, and never as of an access token', async () => {
    const { ask, refresh, as, confidentialClient, codeFor, post } = await served()
    expect((await ask(refresh)).body).toEqual({ active: false })
    const owner = await confidentialClient()
    const { code, verifier } = await codeFor(owner.id)
    const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const { body } = await post('/oauth/token', redemption, owner.basic)
    const told = await ask(body.refresh_token, owner)
    expect(told.body).toMatchObject({ active: true, client_id: owner.id, sub: 'alice' })
    expect(told.body).not.toHaveProperty('aud')
    expect((await ask(body.refresh_token)).body).toEqual({ active: false })
    expect(await ask(body.access_token, owner)).toMatchObject({ body: { active: true } })
    const again = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    await as.post('/oauth/token', again, owner.basic)
    expect((await ask(body.refresh_token, owner)).body).toEqual({ active: false })
  })

  it('a token whose signing key was revoked by another process is inactive at once, and no access to userinfo', async () => {
    const clock = createClock()
    const store = memoryStore({ clock })
    const sealWith = [{ id: '2026', key: new Uint8Array(32).fill(7) }]
    const [keys, elsewhere] = [managedKeys({ store, sealWith, clock }), managedKeys({ store, sealWith, clock })]
    await keys.ready()
    await elsewhere.ready()
    const { ask, connect, client, call } = await served({ store, clock, keys, openid: { claims: () => ({}) } })
    const { access_token } = (await connect(client, { scope: 'openid read' })).body
    const userinfo = async () => call('/oauth/userinfo', { headers: { authorization: `Bearer ${access_token}` } })
    expect(await ask(access_token)).toMatchObject({ body: { active: true } })
    expect((await userinfo()).status).toBe(200)
    await elsewhere.revoke((await keys.active()).kid, { by: system, reason: 'leaked' })
    expect(await ask(access_token)).toMatchObject(INACTIVE)
    const refused = await userinfo()
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ error: 'invalid_token' })
  })

  it('A17.4 each question that gets nothing is told, with who asked', async () => {
    const { ask, events, api } = await served()
    for (let i = 0; i < 5; i++) await ask(`at_${i}`)
    const told = events.filter(({ type }) => type === 'token.refused')
    expect(told).toHaveLength(5)
    expect(told[0]).toMatchObject({ detail: { endpoint: 'introspect', client: api.id, reason: 'unknown' } })
  })

  it('A17.4 who guesses finds nothing and writes nothing, and the host that is told ends it', {
    timeout: 60_000,
  }, async () => {
    const clock = createClock()
    const store = countingStore(memoryStore({ clock }))
    const tried = new Map<string, number>()
    const stopped: Promise<unknown>[] = []
    const onEvent = ({ type, detail }: Event) => {
      if (type !== 'token.refused') return
      const client = String(detail?.client)
      tried.set(client, (tried.get(client) ?? 0) + 1)
      if (tried.get(client) === 5000) stopped.push(auth.clients.suspend(client, { by: system }))
    }
    const { ask, auth, api, access, client, post } = await served({ format: 'opaque', store, clock, onEvent })
    store.reset()
    const guess = (i: number) =>
      withVerifier(OAUTH.access, i % 2 ? String(access).slice(0, 14) : `at_${randomBase62(11)}`).text
    for (let i = 0; i < 5000; i++) expect((await ask(guess(i))).body).toEqual({ active: false })
    expect(store.writes).toBe(1)
    await Promise.all(stopped)
    for (let i = 0; i < 500; i++) expect((await ask(access)).status).toBe(401)
    expect(tried.get(api.id)).toBe(5000)
    expect(store.writes).toBe(1)
    const refresh = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: 'x' })
    expect(refresh.status).toBe(400)
  })

  it('the revocation feed is served to servers of resources, and to nobody else', async () => {
    const { auth, api, clock, client, confidentialClient } = await served()
    const at = (query: string, headers = {}) =>
      auth.handle(new Request(`${ISSUER}/oauth/revocations${query}`, { headers }))
    expect((await at('?after=0&limit=10'))?.status).toBe(401)
    expect((await at('?after=0&limit=10', (await confidentialClient()).basic))?.status).toBe(403)
    expect((await at('?after=0&limit=0', api.basic))?.status).toBe(400)
    expect((await at('', api.basic))?.status).toBe(400)
    const follower = followRevocations({
      url: `${ISSUER}/oauth/revocations`,
      headers: () => api.basic,
      fetch: async (url, init) => (await auth.handle(new Request(url, init))) ?? new Response(null, { status: 404 }),
      clock,
    })
    expect(await follower.refresh()).toBe(true)
    await auth.grants.revokeAll({ by: system, client })
    const page = await (await at('?after=0&limit=10', api.basic))?.json()
    expect(page).toMatchObject({ changes: [{ kind: 'client', id: client, effect: 'ended', epochs: { epoch: 1 } }] })
  })
})
