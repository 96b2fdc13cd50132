import { defineCatalogue, memoryStore, system, user } from 'tokenloop'
import { createAuthorizationServer } from 'tokenloop/oauth'
import { createTestClient, createTestKit } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { accessOf, codeOfAccess } from './support.js'

const catalogue = defineCatalogue({
  'issues:read': { description: 'Read issues' },
  'issues:write': { description: 'Write issues', implies: ['issues:read'] },
})
const alice = user('alice')
const kitOf = (accessTokens: 'jwt' | 'opaque' = 'jwt') => createTestKit({ catalogue, accessTokens })

describe.each(['jwt', 'opaque'] as const)('a test client that a user connects, with access tokens: %s', (format) => {
  it('gets headers that the guard takes, until the user disconnects it', async () => {
    const kit = kitOf(format)
    const app = await kit.client({ name: 'Acme CLI' })
    const connection = await app.connect(alice, 'issues:read')
    expect(connection.accessToken.split('.').length).toBe(format === 'jwt' ? 3 : 1)
    expect(connection).toMatchObject({ scopes: ['issues:read'], expiresIn: 600 })
    expect(await accessOf(kit, connection.headers, 'issues:read')).toMatchObject({
      ok: true,
      freshness: 'immediate',
      principal: { kind: 'grant', subject: 'alice', client: app.client.id, scopes: ['issues:read'] },
    })
    expect(await codeOfAccess(kit, connection.headers, 'issues:write')).toBe(403)
    const apps = await kit.auth.grants.list({ subject: 'alice' })
    expect(apps.items).toMatchObject([{ client: { name: 'Acme CLI' }, scopes: ['issues:read'] }])
    await kit.auth.grants.revokeAll({ by: system, subject: 'alice' })
    expect(await codeOfAccess(kit, connection.headers, 'issues:read')).toBe(401)
    await expect(connection.refresh()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
  })

  it('refreshes: a repeat gets the same, a stolen token ends the connection', async () => {
    const kit = kitOf(format)
    const first = await (await kit.client()).connect(alice, 'issues:read')
    const second = await first.refresh()
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect((await first.refresh()).refreshToken).toBe(second.refreshToken)
    kit.clock.advance('1m')
    expect(await codeOfAccess(kit, second.headers)).toBe(200)
    await expect(first.refresh()).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await codeOfAccess(kit, second.headers)).toBe(401)
  })
})

describe('a test client', () => {
  it('connects users of a tenant, for the scopes that they allow, by the way that they signed in', async () => {
    const kit = kitOf()
    const app = await kit.client()
    const who = user('alice', { tenant: 'ws_1' })
    const how = { allow: ['issues:read'], acr: 'mfa', resource: 'https://api.test' } as const
    const { headers, scopes } = await app.connect(who, ['issues:read', 'issues:write'], how)
    expect(scopes).toEqual(['issues:read'])
    expect(await accessOf(kit, headers)).toMatchObject({ principal: { subject: 'alice', tenant: 'ws_1' } })
    const request = new Request('https://api.test/', { headers: { ...headers } })
    expect(await kit.guard.check(request, 'issues:read', { acr: 'mfa', maxAge: '5m' })).toMatchObject({ ok: true })
    kit.clock.advance('6m')
    expect(await kit.guard.check(request, 'issues:read', { maxAge: '5m' })).toMatchObject({
      ok: false,
      reason: 'insufficient_authentication',
    })
  })

  it('is told what is refused: by the user, by the server, and by a server that sends nobody back', async () => {
    const kit = kitOf()
    const app = await kit.client()
    const refusal = (how: object) => app.connect(alice, 'issues:read', how).catch((error: unknown) => error)
    expect(await refusal({ allow: false })).toMatchObject({ name: 'OAuthTestError', error: 'access_denied' })
    expect(await refusal({ resource: 'https://other.test' })).toMatchObject({ error: 'invalid_target' })
    await kit.auth.clients.delete(app.client.id, { by: system })
    expect(await refusal({})).toMatchObject({ error: 'client_inactive', status: 400 })
    await expect(app.connect(alice, 'issues:read', { allowed: true } as never)).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })

  it('hands its tokens back', async () => {
    const kit = kitOf()
    const connection = await (await kit.client()).connect(alice, 'issues:read')
    await connection.revoke()
    expect(await codeOfAccess(kit, connection.headers)).toBe(401)
  })

  it('is confidential where it is registered so, and authenticates', async () => {
    const kit = kitOf()
    const app = await kit.client({ authMethod: 'client_secret_basic' })
    expect(app.secret).toBeDefined()
    const connection = await app.connect(alice, 'issues:read')
    expect(await codeOfAccess(kit, (await connection.refresh()).headers, 'issues:read')).toBe(200)
    await kit.auth.clients.addSecret(app.client.id, { by: system, overlap: 0 })
    kit.clock.advance(1)
    await expect(connection.refresh()).rejects.toMatchObject({ error: 'invalid_client', status: 401 })
  })

  it('acts for itself', async () => {
    const kit = kitOf()
    const machine = await kit.client({ grantTypes: ['client_credentials'], scopes: ['issues:write'], tenant: 'ws_1' })
    const { headers, refreshToken } = await machine.clientCredentials('issues:read')
    expect(refreshToken).toBe(undefined)
    expect(await accessOf(kit, headers)).toMatchObject({
      principal: { kind: 'client', client: machine.client.id, tenant: 'ws_1', scopes: ['issues:read'] },
    })
    expect(await codeOfAccess(kit, (await machine.clientCredentials()).headers, 'issues:write')).toBe(200)
    await expect(machine.connect(alice, 'issues:read')).rejects.toThrow()
  })

  it('drives an authorization server of the host’s own, wherever its endpoints are', async () => {
    const kit = kitOf()
    const issuer = 'https://acme.test/tenants/1'
    const auth = createAuthorizationServer({
      issuer,
      store: memoryStore({ clock: kit.clock }),
      catalogue,
      resources: [{ id: 'https://api.acme.test', format: 'opaque' }],
      paths: { authorize: '/go', token: '/swap', revoke: '/back' },
    })
    const app = await createTestClient(auth, { issuer, clock: kit.clock })
    const connection = await app.connect(alice, 'issues:write')
    expect(connection.scopes).toContain('issues:write')
    await connection.revoke()
    await expect(connection.refresh()).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(createTestClient(auth, { issuer: 'https://acme.test' })).rejects.toThrow('the server has no such')
    await expect(createTestClient(auth, { issuer, prompt: 'none' } as never)).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })

  it('notices an answer that is of another server', async () => {
    const { auth, clock } = kitOf()
    const begin: typeof auth.begin = async (request, login) => {
      const url = new URL(request.url)
      url.searchParams.set('state', 'forged')
      return auth.begin(new Request(url), login)
    }
    const app = await createTestClient({ ...auth, begin }, { issuer: 'https://auth.test', clock })
    await expect(app.connect(alice, 'issues:read')).rejects.toThrow('somebody else')
  })
})
