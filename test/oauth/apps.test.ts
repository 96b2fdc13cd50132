import { createAccounts, system, type TokenStore, tenant, user } from 'tokenloop'
import { createGuard, followRevocations, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { CALLBACK, catalogue, ISSUER, RESOURCE, type World, world } from './support.js'

const guardOf = ({ keys, store, clock }: World) =>
  createGuard({ resource: RESOURCE, catalogue, accept: [jwts({ issuer: ISSUER, keys, store, clock })] })
const sending = (token: unknown) => new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })

const refreshing = (client_id: string, refresh_token: unknown) => ({
  grant_type: 'refresh_token',
  client_id,
  refresh_token: String(refresh_token),
})

/** Alice has connected one app, and Bob another. */
async function connected(options: Parameters<typeof world>[0] = {}) {
  const as = await world(options)
  const bob = { ...as.alice, session: 's_2', subject: 'bob' }
  const client = await as.publicClient()
  const tokens = (await as.connect(client, { scope: 'read write' })).body
  const others = (await as.connect(client, { scope: 'read' }, bob)).body
  const grantOf = async (subject = 'alice') => {
    const [grant] = (await as.auth.grants.list({ subject })).items
    if (grant === undefined) throw new Error('there is no app')
    return grant
  }
  const app = await grantOf()
  const usable = async ({ access_token, refresh_token }: typeof tokens) => {
    const access = (await guardOf(as).check(sending(access_token))).ok
    return { access, refresh: (await as.post('/oauth/token', refreshing(client, refresh_token))).status === 200 }
  }
  return { ...as, as, bob, client, tokens, others, app, usable, grantOf }
}

const DEAD = { access: false, refresh: false }
const ALIVE = { access: true, refresh: true }
const notFound = { code: 'not_found' }

const METADATA = {
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
}

describe('a client whose scopes are taken away', () => {
  const scopesAt = async (as: World, token: unknown) => {
    const checked = await guardOf(as).check(sending(token))
    return checked.ok ? checked.principal.scopes : checked.reason
  }
  const narrowings = {
    'by the host': ({ auth }: World, client: string) =>
      auth.clients.update(client, { by: system, scopes: ['read', 'admin'] }),
    'by itself': async ({ send }: World, client: string, { token, uri }: { token: string; uri: string }) =>
      send('PUT', uri, {
        body: { ...METADATA, client_id: client, scope: 'read admin' },
        headers: { authorization: `Bearer ${token}` },
      }),
  }

  it.each(Object.entries(narrowings))(
    'has them no more of any user at the very next request, %s',
    async (_, narrow) => {
      const as = await world({ registration: { open: true } })
      const { register, connect, post, auth, events, clock } = as
      const { body } = await register(METADATA)
      const client = String(body.client_id)
      const management = { token: String(body.registration_access_token), uri: String(body.registration_client_uri) }
      const tokens = (await connect(client, { scope: 'read write' })).body
      expect(await scopesAt(as, tokens.access_token)).toEqual(['read', 'write'])
      const follower = followRevocations({ store: as.bare, clock })
      const byFeed = createGuard({
        resource: RESOURCE,
        catalogue,
        accept: [jwts({ issuer: ISSUER, keys: as.keys, revocations: follower, clock })],
      })
      await follower.refresh()
      expect((await byFeed.check(sending(tokens.access_token))).ok).toBe(true)
      await narrow(as, client, management)
      expect(await scopesAt(as, tokens.access_token)).toEqual(['read'])
      await follower.refresh()
      expect(await byFeed.check(sending(tokens.access_token))).toMatchObject({ ok: false, reason: 'revoked' })
      clock.advance('1s')
      const again = await post('/oauth/token', refreshing(client, tokens.refresh_token))
      expect(again).toMatchObject({ status: 200, body: { scope: 'read' } })
      expect((await byFeed.check(sending(again.body.access_token))).ok).toBe(true)
      await auth.clients.update(client, { by: system, scopes: ['read', 'write'] })
      const wider = await post('/oauth/token', refreshing(client, again.body.refresh_token))
      expect(wider).toMatchObject({ status: 200, body: { scope: 'read write' } })
      expect(events.filter(({ type }) => type === 'client.updated').length).toBe(2)
    },
  )

  it('has its code redeemed for what is left, and scopes of the protocol stay', async () => {
    const as = await world({ openid: { claims: () => ({}) } })
    const client = await as.publicClient()
    const { code, verifier } = await as.codeFor(client, { scope: 'openid read write' })
    await as.auth.clients.update(client, { by: system, scopes: ['read'] })
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    expect(await as.post('/oauth/token', redemption)).toMatchObject({ status: 200, body: { scope: 'openid read' } })
  })
})

describe('connected apps', () => {
  it('are listed by user, client and tenant, newest first, with what they were allowed', async () => {
    const { auth, bob, client, app, clock, alice, connect } = await connected()
    expect(app).toMatchObject({
      client: { id: client, name: 'Acme CLI', registeredName: 'Acme CLI', domain: null, origin: 'manual' },
      subject: 'alice',
      tenant: null,
      scopes: ['read', 'write'],
      resources: [RESOURCE],
      label: null,
      status: 'active',
      createdAt: clock.now(),
    })
    const nameless = await auth.clients.create({ by: system, redirectUris: ['https://client.test/cb'] })
    await connect(nameless.client.id, { scope: 'read' }, { ...alice, tenant: 'ws_1' })
    const names = async (input: object) => (await auth.grants.list(input)).items.map((item) => item.client.name)
    expect(await names({ subject: 'alice' })).toEqual(['client.test', 'Acme CLI'])
    expect(await names({ subject: bob.subject })).toEqual(['Acme CLI'])
    expect(await names({ client })).toEqual(['Acme CLI', 'Acme CLI'])
    expect(await names({ tenant: 'ws_1' })).toEqual(['client.test'])
    const first = await auth.grants.list({ limit: 2 })
    expect(first.items).toHaveLength(2)
    expect((await auth.grants.list({ limit: 2, cursor: first.cursor })).items).toHaveLength(1)
    await expect(auth.grants.list({ subject: undefined } as never)).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('SL9 A17.14 R9 are disconnected in one write: codes, refresh and access tokens end, and consent is asked again', async () => {
    const { auth, as, alice, client, tokens, others, app, usable, asking, codeFor, post } = await connected()
    const { code, verifier } = await codeFor(client, { scope: 'read' })
    const pending = await auth.begin(asking(client, { scope: 'read write admin' }).request, alice)
    await auth.grants.revoke(app.id, { by: user('alice') })
    expect(await usable(tokens)).toEqual(DEAD)
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    expect(await post('/oauth/token', redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    if (pending.kind !== 'consent') throw new Error(pending.kind)
    const decided = await auth.decide(pending.handle, { session: 's_1', subject: 'alice', approve: true })
    expect(decided.response.headers.get('location')).toContain('error=access_denied')
    expect(await usable(others)).toEqual(ALIVE)
    expect((await auth.grants.list({ subject: 'alice' })).items).toEqual([])
    const listed = await auth.grants.list({ subject: 'alice', revoked: true })
    expect(listed.items).toMatchObject([{ id: app.id, status: 'revoked' }])
    expect((await auth.begin(asking(client, { scope: 'read' }).request, alice)).kind).toBe('consent')
    const { body } = await as.connect(client, { scope: 'read' })
    expect(await usable(body)).toEqual(ALIVE)
    expect(await usable(tokens)).toEqual(DEAD)
    expect((await auth.grants.get(app.id)).status).toBe('active')
  })

  it('are revoked once, however often that is asked for', async () => {
    const { auth, app, events } = await connected()
    await Promise.all(Array.from({ length: 8 }, () => auth.grants.revoke(app.id, { by: system })))
    const told = events.filter(({ type }) => type === 'grant.revoked')
    expect(told).toMatchObject([{ about: app.id, owner: { kind: 'user', id: 'alice' } }])
  })

  it('are out of reach for another user, and for a user in another tenant', async () => {
    const { auth, app, usable, tokens } = await connected()
    for (const by of [user('bob'), user('bob', { scopes: ['admin'] }), user('alice', { tenant: 'ws_1' })]) {
      await expect(auth.grants.revoke(app.id, { by })).rejects.toMatchObject(notFound)
      await expect(auth.grants.update(app.id, { by, label: 'mine' })).rejects.toMatchObject(notFound)
    }
    for (const by of [user('bob'), user('alice', { tenant: 'ws_1' })]) {
      await expect(auth.grants.revokeAll({ by, client: app.client.id })).rejects.toMatchObject(notFound)
      await expect(auth.grants.revokeAll({ by, tenant: 'ws_1' })).rejects.toMatchObject(notFound)
    }
    await expect(auth.grants.revokeAll({ by: user('bob'), subject: 'alice' })).rejects.toMatchObject(notFound)
    await expect(auth.grants.revoke(app.id, { by: system, within: { subject: 'bob' } })).rejects.toMatchObject(notFound)
    await expect(auth.grants.revoke('g_nothing', { by: system })).rejects.toMatchObject(notFound)
    await expect(auth.grants.revoke(app.id, { by: system, within: {} })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(auth.grants.revoke(app.id, { by: system, within: undefined } as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
    expect(await usable(tokens)).toEqual(ALIVE)
    await auth.grants.revoke(app.id, { by: user('admin'), within: { subject: 'alice' } })
    expect(await usable(tokens)).toEqual(DEAD)
  })

  it('of a user, of a client and of a tenant end in one write each', async () => {
    const { auth, client, tokens, others, usable, connect, as, bare } = await connected()
    const versions = async () => (await bare.list('grant', {}, { limit: 10 })).items.map(({ version }) => version)
    const before = await versions()
    await auth.grants.revokeAll({ by: user('alice'), subject: 'alice' })
    expect([await usable(tokens), await usable(others)]).toEqual([DEAD, ALIVE])
    expect(await versions()).toEqual(before)
    expect((await auth.grants.list()).items).toMatchObject([{ subject: 'bob' }])
    const again = (await connect(client, { scope: 'read' })).body
    expect(await usable(again)).toEqual(ALIVE)
    await auth.grants.revokeAll({ by: system, client })
    const inTenant = (await connect(client, { scope: 'read' }, { ...as.alice, tenant: 'ws_1' })).body
    expect([await usable(again), await usable(others), await usable(inTenant)]).toEqual([DEAD, DEAD, ALIVE])
    await auth.grants.revokeAll({ by: user('admin'), tenant: 'ws_1', within: { tenant: 'ws_1' } })
    expect(await usable(inTenant)).toEqual(DEAD)
  })

  it('A9.13 are inactive while their user is suspended, and end with them', async () => {
    const { auth, store, tokens, usable } = await connected()
    const accounts = createAccounts({ store, catalogue })
    await accounts.suspend(user('alice'), { by: system })
    expect((await auth.grants.list({ subject: 'alice' })).items).toMatchObject([{ status: 'inactive' }])
    expect(await usable(tokens)).toEqual(DEAD)
    await accounts.resume(user('alice'), { by: system })
    expect(await usable(tokens)).toEqual(ALIVE)
    await accounts.cutOff(user('alice'), { by: system })
    expect((await auth.grants.list({ subject: 'alice' })).items).toEqual([])
  })

  it('can be named, and lose scopes, which what they hold loses too; they win none', async () => {
    const { auth, as, app, client, tokens, post, asking, alice, bare, clock } = await connected()
    const by = user('alice')
    expect(await auth.grants.update(app.id, { by, label: 'My laptop' })).toMatchObject({ label: 'My laptop' })
    await expect(auth.grants.update(app.id, { by, scopes: ['read', 'admin'] })).rejects.toMatchObject({
      code: 'scope_not_allowed',
    })
    const follower = followRevocations({ store: bare, clock })
    const followed = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [jwts({ issuer: ISSUER, keys: as.keys, revocations: follower, clock })],
    })
    clock.advance('1s')
    const narrow = await auth.grants.update(app.id, { by, scopes: ['read'] })
    expect(narrow).toMatchObject({ scopes: ['read'], label: 'My laptop' })
    const check = (token: unknown) => guardOf(as).check(sending(token), 'write')
    expect(await check(tokens.access_token)).toMatchObject({ ok: false, reason: 'insufficient_scope' })
    expect(await followed.check(sending(tokens.access_token))).toMatchObject({ ok: false, reason: 'revoked' })
    const { body } = await post('/oauth/token', refreshing(client, tokens.refresh_token))
    expect(body.scope).toBe('read')
    expect(await check(body.access_token)).toMatchObject({ ok: false, reason: 'insufficient_scope' })
    expect((await auth.begin(asking(client, { scope: 'write' }).request, alice)).kind).toBe('consent')
    await auth.grants.revoke(app.id, { by })
    await expect(auth.grants.update(app.id, { by, label: null })).rejects.toMatchObject({ code: 'ended' })
  })

  it('that lose scopes while a code is on its way which nobody was asked for do not get them back by it', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined
    const wrap = (store: TokenStore) =>
      around(store, async ({ method, args }, run) => {
        const work = method === 'write' && args[0] === 'authorization' ? meanwhile : undefined
        if (work !== undefined) meanwhile = undefined
        await work?.()
        return run()
      })
    const { auth, app, client, asking, alice, grantOf } = await connected({ wrap })
    meanwhile = () => auth.grants.update(app.id, { by: user('alice'), scopes: ['read'] })
    const asked = await auth.begin(asking(client, { scope: 'read write' }).request, alice)
    const location = asked.kind === 'redirect' ? asked.response.headers.get('location') : null
    expect(new URL(location ?? '').searchParams.get('error')).toBe('consent_required')
    expect((await grantOf()).scopes).toEqual(['read'])
    meanwhile = () => auth.grants.update(app.id, { by: user('alice'), label: 'My laptop' })
    const again = await auth.begin(asking(client, { scope: 'read' }).request, alice)
    expect(again.kind === 'redirect' && again.response.headers.get('location')).toContain('code=')
  })

  it('show their last use, at once in this instance and after a flush elsewhere', async () => {
    const { auth, as, app, client, tokens, clock, post, store } = await connected()
    const lastUse = async (of = auth) => (await of.grants.list({ subject: 'alice' })).items[0]?.lastUsedAt
    expect(await lastUse()).toBe(clock.now())
    clock.advance('1h')
    await post('/oauth/token', refreshing(client, tokens.refresh_token))
    expect(await lastUse()).toBe(clock.now())
    const elsewhere = (await world({ store, clock })).auth
    expect(await lastUse(elsewhere)).toBe(null)
    await auth.flush()
    expect(await lastUse(elsewhere)).toBe(clock.now())
    await as.auth.close()
    expect((await auth.grants.get(app.id)).id).toBe(app.id)
  })

  it('of a client of a tenant stop and end with the tenant, in whatever way its tokens are checked', async () => {
    const as = await world()
    const { auth, bare, clock, connect, keys } = as
    const { client } = await auth.clients.create({ by: system, tenant: 'p1', redirectUris: [CALLBACK] })
    clock.advance('1s')
    const tokens = [(await connect(client.id)).body, (await connect(client.id, {}, { ...as.alice, tenant: 'p2' })).body]
    const follower = followRevocations({ store: bare, clock })
    const byFeed = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [jwts({ issuer: ISSUER, keys, revocations: follower, clock })],
    })
    const accounts = createAccounts({ store: bare, catalogue })
    for (const [change, isFine] of [
      ['resume', true],
      ['suspend', false],
      ['resume', true],
      ['delete', false],
    ] as const) {
      await accounts[change](tenant('p1'), { by: system })
      await follower.refresh()
      for (const { access_token } of tokens) {
        expect((await guardOf(as).check(sending(access_token))).ok, change).toBe(isFine)
        expect((await byFeed.check(sending(access_token))).ok, change).toBe(isFine)
      }
    }
  })
})
