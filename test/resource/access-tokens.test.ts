import { createAccounts, system, tenant, user } from 'tokenloop'
import { accessTokens, createGuard, jwts } from 'tokenloop/resource'
import { countingStore, faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { credentialParser, OAUTH, withVerifier } from '../../src/core/credential.js'
import { catalogue, ISSUER, RESOURCE, type WorldOptions, world } from '../oauth/support.js'

const OTHER = 'https://rs.test/other'
const PEPPERS = [{ id: 'p1', key: new Uint8Array(32).fill(1) }]

/** A server whose APIs take opaque tokens, and one of alice's. */
async function issued(options: WorldOptions = {}) {
  const as = await world({
    prefix: 'acme',
    peppers: PEPPERS,
    resources: [
      { id: RESOURCE, format: 'opaque' },
      { id: OTHER, format: 'opaque' },
    ],
    ...options,
  })
  const client = await as.publicClient()
  const { body } = await as.connect(client, { scope: 'read' })
  const guardOf = (more: object = {}, resource = RESOURCE) => {
    const usual = { issuer: ISSUER, store: as.store, prefix: 'acme', peppers: PEPPERS, ...more }
    return createGuard({ resource, catalogue, accept: [accessTokens(usual)] })
  }
  return { ...as, as, client, token: String(body.access_token), guardOf }
}

const sending = (token: unknown) => new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })

describe('a guard that takes opaque access tokens from the store', () => {
  it('says the same of who sent one as of who sent a JWT, in one read and no write', async () => {
    const { token, client, store, clock, alice } = await issued()
    const counting = countingStore(store)
    const accept = [accessTokens({ issuer: ISSUER, store: counting, prefix: 'acme', peppers: PEPPERS })]
    const access = await createGuard({ resource: RESOURCE, catalogue, accept }).check(sending(token), 'read', {
      ip: '::1',
    })
    expect(access).toMatchObject({
      ok: true,
      freshness: 'immediate',
      principal: {
        kind: 'grant',
        issuer: ISSUER,
        subject: 'alice',
        client,
        tenant: null,
        scopes: ['read'],
        boundTo: null,
        expiresAt: clock.now() + 600_000,
        authenticatedAt: alice.authTime,
      },
    })
    expect([counting.total, counting.calls.getWith]).toEqual([1, 1])
    const jwt = await world({ store, clock })
    const { body } = await jwt.connect(client, { scope: 'read' })
    const byJwt = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [jwts({ issuer: ISSUER, keys: jwt.keys, store, clock })],
    })
    const same = await byJwt.check(sending(body.access_token), 'read')
    if (!access.ok || !same.ok) throw new Error('it was refused')
    const { authorization: _a, claims, ...principal } = access.principal
    const {
      authorization: _b,
      claims: { jti, ...others },
      ...asJwt
    } = same.principal
    expect(principal).toEqual(asJwt)
    expect(Object.keys(claims).sort()).toEqual(Object.keys(others).sort())
    expect(jti).toBeDefined()
  })

  it('A4.13 A9.12 A1.3 refuses what is for another resource, forged, of another server or no access token', async () => {
    const { token, guardOf, connect, client } = await issued()
    const reason = async (text: unknown, guard = guardOf()) => {
      const access = await guard.check(sending(text))
      return access.ok ? 'ok' : access.reason
    }
    const parsed = credentialParser(OAUTH.access, ['acme_at'])(token)
    expect(await reason(token, guardOf({}, OTHER))).toBe('wrong_audience')
    expect(await reason(withVerifier(OAUTH.access, parsed?.id ?? '').text)).toBe('unknown')
    expect(await reason(withVerifier(OAUTH.access, 'acme_at_00000000000').text)).toBe('unknown')
    expect(await reason(`${token}x`)).toBe('malformed')
    expect(await reason(token, guardOf({ prefix: 'test' }))).toBe('malformed')
    expect(await reason(token, guardOf({ peppers: [] }))).toBe('unknown')
    expect(await reason((await connect(client)).body.refresh_token)).toBe('malformed')
    expect(await reason(token)).toBe('ok')
  })

  it('A17.16 refuses at the very next request what has ended, expired or was narrowed', async () => {
    const { token, guardOf, auth, store, clock, as, client } = await issued()
    const guard = guardOf()
    const reason = async (text: string, scope: 'read' | 'write' = 'read') => {
      const access = await guard.check(sending(text), scope)
      return access.ok ? 'ok' : access.reason
    }
    expect(await reason(token, 'write')).toBe('insufficient_scope')
    const accounts = createAccounts({ store, catalogue })
    await accounts.suspend(user('alice'), { by: system })
    expect(await reason(token)).toBe('owner_inactive')
    await accounts.resume(user('alice'), { by: system })
    const [app] = (await auth.grants.list()).items
    await auth.grants.update(app?.id ?? '', { by: system, scopes: [] })
    expect(await reason(token)).toBe('insufficient_scope')
    await auth.grants.revoke(app?.id ?? '', { by: system })
    expect(await reason(token)).toBe('revoked')
    const next = String((await as.connect(client)).body.access_token)
    expect(await reason(next)).toBe('ok')
    clock.advance('10m')
    expect(await reason(next)).toBe('expired')
    while ((await store.sweep(100)).more);
    expect(await reason(next)).toBe('unknown')
    await accounts.suspend(tenant('nobody'), { by: system })
  })

  it('is unavailable, and not wrong, where the store fails', async () => {
    const { token, guardOf, store } = await issued()
    const faulty = faultyStore(store, { reads: { point: 'before', method: 'getWith' } })
    expect(await guardOf({ store: faulty }).check(sending(token))).toMatchObject({ ok: false, reason: 'unavailable' })
  })

  it('R52 gathers when an app was last used, and from where, once a request has passed', async () => {
    const { token, store, auth, clock, as, client } = await issued()
    const opaque = accessTokens({ issuer: ISSUER, store, prefix: 'acme', peppers: PEPPERS })
    const jwt = jwts({ issuer: ISSUER, keys: as.keys, store, clock })
    const guard = createGuard({ resource: RESOURCE, catalogue, accept: [opaque, jwt] })
    const lastUse = async () =>
      (await (await world({ store, clock })).auth.grants.list({ client })).items[0]?.lastUsedAt
    clock.advance('5m')
    await guard.check(sending(token), 'write', { ip: '192.0.2.1' })
    await opaque.flush()
    expect(await lastUse()).toBe(null)
    await guard.check(sending(token), 'read', { ip: '192.0.2.1' })
    expect(await lastUse()).toBe(null)
    await opaque.flush()
    expect(await lastUse()).toBe(clock.now())
    const signed = await world({ store, clock })
    const { body } = await signed.connect(client, { scope: 'read' })
    clock.advance('1m')
    await guard.check(sending(body.access_token), 'read')
    await jwt.close()
    expect(await lastUse()).toBe(clock.now())
    expect((await auth.grants.list({ client })).items).toHaveLength(1)
  })

  it.each([
    { issuer: '' },
    { prefix: 'a-b' },
    { peppers: [{ id: 'p', key: new Uint8Array(3) }] },
    { store: {} },
    { dpop: {} },
    { stor: {} },
    { use: { flushEvery: '0s' } },
  ])('is not made of %j', async (wrong) => {
    const { store } = await issued()
    expect(() => accessTokens({ issuer: ISSUER, store, ...wrong } as never)).toThrow(/./)
  })
})
