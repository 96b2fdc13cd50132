import { createAccounts, defineCatalogue, system, tenant } from 'tokenloop'
import { verifyJwt } from 'tokenloop/jwt'
import { createGuard, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { catalogue, ISSUER, RESOURCE, type World, world } from './support.js'

/** A client that acts for itself, and asks for tokens by HTTP Basic. */
async function machine({ auth, post }: World, more: object = { scopes: ['read'] }) {
  const made = await auth.clients.create({ by: system, grantTypes: ['client_credentials'], ...more })
  const secret = made.secret?.reveal() ?? ''
  const basic = { authorization: `Basic ${btoa(`${made.client.id}:${secret}`)}` }
  const ask = (fields: Record<string, string> = {}) =>
    post('/oauth/token', { grant_type: 'client_credentials', ...fields }, basic)
  return { id: made.client.id, secret, basic, ask }
}

const refused = (error: string) => ({ status: error === 'invalid_client' ? 401 : 400, body: { error } })

describe('a client that acts for itself', () => {
  it('gets an access token with what it is registered for, and no refresh token', async () => {
    const as = await world()
    const { id, ask } = await machine(as, { scopes: ['write'] })
    const { status, body } = await ask()
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 600 } })
    expect(body.scope).toBe('read write')
    expect(body).not.toHaveProperty('refresh_token')
    const checked = await verifyJwt(body.access_token, {
      issuer: ISSUER,
      audience: RESOURCE,
      keys: as.keys,
      clock: as.clock,
    })
    expect(checked).toMatchObject({ ok: true, claims: { sub: id, client_id: id, tl: { kind: 'client' } } })
  })

  it('A4.4 gets no scope that it is not registered for, and nothing where it is registered for none', async () => {
    const as = await world()
    const { ask } = await machine(as)
    expect(await ask({ scope: 'read admin' })).toMatchObject(refused('invalid_scope'))
    expect(await ask({ scope: 'nothing' })).toMatchObject(refused('invalid_scope'))
    expect(await ask({ scope: 'read' })).toMatchObject({ status: 200, body: { scope: 'read' } })
    const none = await machine(as, {})
    expect(await none.ask({ scope: 'read' })).toMatchObject(refused('invalid_scope'))
    expect(await none.ask()).toMatchObject({ status: 200, body: { scope: '' } })
  })

  it('A4.6 is refused a grant type that it is not registered for', async () => {
    const as = await world()
    const { basic } = await machine(as)
    const code = { grant_type: 'authorization_code', code: 'x', code_verifier: 'y' }
    expect(await as.post('/oauth/token', code, basic)).toMatchObject(refused('unauthorized_client'))
    const web = await as.confidentialClient()
    const asked = { grant_type: 'client_credentials' }
    expect(await as.post('/oauth/token', asked, web.basic)).toMatchObject(refused('unauthorized_client'))
    expect(await as.post('/oauth/token', { grant_type: 'password' }, basic)).toMatchObject(
      refused('unsupported_grant_type'),
    )
    expect((await as.auth.grants.list()).items).toEqual([])
  })

  it('is no public client, whatever its record came to say', async () => {
    const as = await world()
    const client = await as.publicClient()
    const { record, version } = await as.bare.get('client', client)
    if (record === undefined) throw new Error('there is no client')
    const metadata = { ...record.metadata, grant_types: ['client_credentials'], scope: 'read' }
    await as.bare.write('client', client, version, { ...record, metadata })
    const fields = { grant_type: 'client_credentials', client_id: client }
    expect(await as.post('/oauth/token', fields)).toMatchObject(refused('unauthorized_client'))
  })

  it('names one resource at the most', async () => {
    const other = 'https://rs.test/other'
    const as = await world({ resources: [{ id: RESOURCE }, { id: other, scopes: ['read'] }] })
    const { ask } = await machine(as, { scopes: ['write'] })
    expect(await ask({ resource: other })).toMatchObject({ status: 200, body: { scope: 'read' } })
    expect(await ask({ resource: other, scope: 'write' })).toMatchObject(refused('invalid_scope'))
    const fields = { grant_type: 'client_credentials', resource: [RESOURCE, other] }
    const { basic } = await machine(as)
    expect(await as.post('/oauth/token', fields, basic)).toMatchObject(refused('invalid_target'))
  })

  it('is one connected app without a subject, however many begin at once', async () => {
    const as = await world()
    const { id, ask } = await machine(as)
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask()))
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200))
    const { items } = await as.auth.grants.list({ client: id })
    expect(items).toMatchObject([{ subject: null, scopes: ['read'], resources: [RESOURCE], status: 'active' }])
  })
})

describe('a guard that has the store', () => {
  const guardOf = ({ keys, store, clock }: World, roles = catalogue) =>
    createGuard({ resource: RESOURCE, catalogue: roles, accept: [jwts({ issuer: ISSUER, keys, store, clock })] })
  const sending = (token: unknown) => new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })

  it('resolves the roles of a client when it checks', async () => {
    const as = await world()
    const { ask } = await machine(as, { roles: ['Reader'] })
    const { body } = await ask()
    const token = sending(body.access_token)
    expect(await guardOf(as).check(token, 'read')).toMatchObject({ ok: true, principal: { kind: 'client' } })
    const fewer = defineCatalogue(
      { read: { description: 'Read' }, write: { description: 'Write' } },
      { roles: { Reader: ['write'] } },
    )
    expect(await guardOf(as, fewer as never).check(token, 'read')).toMatchObject({
      ok: false,
      reason: 'insufficient_scope',
    })
  })

  it('SK7 refuses what came of it once its grant, its client or its tenant is cut off; it may begin anew', async () => {
    const as = await world()
    const { auth, store } = as
    const guard = guardOf(as)
    const { id, ask } = await machine(as, { scopes: ['read'], tenant: 't_1' })
    const ended = async (end: () => Promise<unknown>) => {
      const before = sending((await ask()).body.access_token)
      expect(await guard.check(before, 'read')).toMatchObject({ ok: true, principal: { client: id, tenant: 't_1' } })
      await end()
      expect(await guard.check(before, 'read')).toMatchObject({ ok: false, reason: 'revoked' })
      expect(await guard.check(sending((await ask()).body.access_token), 'read')).toMatchObject({ ok: true })
    }
    await ask()
    const [app] = (await auth.grants.list({ client: id })).items
    await ended(() => auth.grants.revoke(app?.id ?? '', { by: system }))
    await ended(() => auth.grants.revokeAll({ by: system, client: id }))
    await ended(() => auth.grants.revokeAll({ by: system, tenant: 't_1' }))
    await createAccounts({ store, catalogue }).suspend(tenant('t_1'), { by: system })
    expect(await ask()).toMatchObject(refused('invalid_client'))
  })
})
