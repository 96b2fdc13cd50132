import { account, system, tenant, user } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { describe, expect, it } from 'vitest'
import { catalogue, host, hosts } from './support.js'

describe.each(hosts)('the service accounts of a workspace, behind $name', (on) => {
  it('CL12 an account is made, listed and changed', async () => {
    const { call } = await host({ on })
    const body = { name: 'deploy-bot', scopes: ['issues:write'] }
    const made = await call('POST', '/v1/service-accounts', { as: 'alice', body })

    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.stringMatching(/^sa_/),
      ...body,
      created_at: '2030-01-01T00:00:00.000Z',
    })
    expect((await call('GET', '/v1/service-accounts', { as: 'alice' })).body).toEqual({
      data: [made.body],
      next_cursor: null,
    })
    const changed = await call('PATCH', `/v1/service-accounts/${made.body.id}`, {
      as: 'alice',
      body: { scopes: ['issues:read'] },
    })
    expect([changed.status, changed.body]).toEqual([200, { ...made.body, scopes: ['issues:read'] }])
  })

  it('CL7 an account belongs to the workspace: whoever administers it sees it, whoever made it', async () => {
    const { call, createAccount, accounts, tokens } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    const issued = await call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body: { name: 'ci' } })
    await accounts.delete({ kind: 'user', id: 'alice' }, { by: system })

    expect(await tokens.verify(issued.body.secret)).toMatchObject({ ok: true, principal: { owner: account(id) } })
    expect(await accounts.list({ tenant: 'ws_1' })).toMatchObject({ items: [{ id }] })
  })

  it('CL8 every one of its endpoints is for those alone who have workspace:admin', async () => {
    const { call, createAccount } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    for (const [method, path, body] of endpointsOf(id)) {
      const refused = await call(method, path, { as: 'bob', body })
      expect([refused.status, refused.body.code], `${method} ${path}`).toEqual([403, 'insufficient_scope'])
      // RFC 6750 section 3: a token that does not enable access is told so in a challenge.
      expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="workspace:admin"')
    }
    expect((await call('GET', '/v1/service-accounts', { as: 'alice' })).body.data).toHaveLength(1)
  })

  it('CL8 where the host names no scope for it, only whoever has every scope manages accounts', async () => {
    const { tokens, accounts } = await host({ on })
    const statusFor = async (scopes: readonly string[]) => {
      const authenticate = () => user('alice', { scopes, tenant: 'ws_1' })
      const api = managementApi({ tokens, accounts, catalogue, authenticate })
      return (await api.handle(new Request('http://localhost/service-accounts')))?.status
    }
    expect(await statusFor(catalogue.names)).toBe(200)
    expect(await statusFor(catalogue.names.filter((name) => name !== 'hooks:write'))).toBe(403)
    expect(await statusFor([])).toBe(403)
  })

  it('whoever acts in no tenant manages no accounts', async () => {
    const { call } = await host({ on })
    for (const [method, path, body] of endpointsOf('sa_0123456789abcdef')) {
      const refused = await call(method, path, { as: 'lone', body })
      expect([refused.status, refused.body.code], `${method} ${path}`).toEqual([403, 'tenant_required'])
    }
  })

  it('A1.18 an account of another tenant is not found, by whatever endpoint, and stays as it was', async () => {
    const { call, createAccount, tokens } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    const issued = await call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body: { name: 'ci' } })
    for (const [method, path, body] of endpointsOf(id, issued.body.id).filter(([, path]) => path.includes(id))) {
      const refused = await call(method, path, { as: 'carol', body })
      expect([refused.status, refused.body.code], `${method} ${path}`).toEqual([404, 'not_found'])
    }
    expect((await call('GET', '/v1/service-accounts', { as: 'carol' })).body.data).toEqual([])
    expect(await tokens.verify(issued.body.secret)).toMatchObject({ ok: true })
    expect((await call('GET', '/v1/service-accounts', { as: 'alice' })).body.data).toMatchObject([
      { id, name: 'deploy-bot', scopes: ['issues:read'] },
    ])
  })

  it('CL9 a token takes the scopes of its account as they are when it is issued, and keeps them', async () => {
    const { call, createAccount } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot', ['issues:write', 'reports:read'])
    const issue = async (body: object) =>
      (await call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body })).body

    expect((await issue({ name: 'before' })).scopes).toEqual(['issues:write', 'reports:read'])
    await call('PATCH', `/v1/service-accounts/${id}`, { as: 'alice', body: { scopes: ['issues:read'] } })
    expect((await issue({ name: 'after' })).scopes).toEqual(['issues:read'])
    expect((await issue({ name: 'more', scopes: ['reports:read'] })).code).toBe('scope_not_allowed')
    const { body } = await call('GET', `/v1/service-accounts/${id}/tokens`, { as: 'alice' })
    expect(body.data.map(({ name, scopes }) => [name, scopes])).toEqual([
      ['after', ['issues:read']],
      ['before', ['issues:write', 'reports:read']],
    ])
  })

  it('CL10 one token of an account is revoked alone', async () => {
    const { call, createAccount, tokens } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    const issue = async (name: string) =>
      (await call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body: { name } })).body
    const [one, other] = [await issue('one'), await issue('other')]
    const path = `/v1/service-accounts/${id}/tokens/${one.id}`

    expect((await call('DELETE', path, { as: 'alice' })).status).toBe(204)
    expect((await call('DELETE', path, { as: 'alice' })).status).toBe(204)
    expect(await tokens.verify(one.secret)).toMatchObject({ ok: false, reason: 'revoked' })
    expect(await tokens.verify(other.secret)).toMatchObject({ ok: true })
    const { body } = await call('GET', `/v1/service-accounts/${id}/tokens`, { as: 'alice' })
    expect(body.data.map((token) => token.id)).toEqual([other.id])
  })

  it('a token is revoked under its own account alone', async () => {
    const { call, create, createAccount, tokens } = await host({ on })
    const [one, other] = [await createAccount('alice', 'one'), await createAccount('alice', 'other')]
    const issued = await call('POST', `/v1/service-accounts/${one.id}/tokens`, { as: 'alice', body: { name: 'ci' } })
    const personal = await create('alice', 'laptop')
    for (const token of [issued.body, personal]) {
      expect(
        (await call('DELETE', `/v1/service-accounts/${other.id}/tokens/${token.id}`, { as: 'alice' })).status,
      ).toBe(404)
      expect(await tokens.verify(token.secret)).toMatchObject({ ok: true })
    }
    expect((await call('DELETE', `/v1/api-tokens/${issued.body.id}`, { as: 'alice' })).status).toBe(404)
  })

  it('CL11 deleting an account ends all its tokens at once, and nothing of it can be had again', async () => {
    const { call, createAccount, tokens } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    const secrets = []
    for (const name of ['one', 'two', 'three']) {
      const issued = await call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body: { name } })
      secrets.push(issued.body.secret)
    }
    const path = `/v1/service-accounts/${id}`
    expect((await call('DELETE', path, { as: 'alice' })).status).toBe(204)
    expect((await call('DELETE', path, { as: 'alice' })).status).toBe(204)

    for (const secret of secrets) expect(await tokens.verify(secret)).toMatchObject({ ok: false })
    expect((await call('GET', '/v1/service-accounts', { as: 'alice' })).body.data).toEqual([])
    expect((await call('GET', `${path}/tokens`, { as: 'alice' })).status).toBe(404)
    expect((await call('POST', `${path}/tokens`, { as: 'alice', body: { name: 'late' } })).status).toBe(404)
    expect((await call('PATCH', path, { as: 'alice', body: { name: 'late' } })).status).toBe(404)
  })

  it('CL11 tokens that are being issued while their account is deleted are refused, or dead', async () => {
    const { call, createAccount, tokens } = await host({ on })
    for (let round = 0; round < 10; round++) {
      const { id } = await createAccount('alice', `bot ${round}`)
      const issue = (n: number) =>
        call('POST', `/v1/service-accounts/${id}/tokens`, { as: 'alice', body: { name: `ci ${n}` } })
      const [one, two, deleted, three] = await Promise.all([
        issue(1),
        issue(2),
        call('DELETE', `/v1/service-accounts/${id}`, { as: 'alice' }),
        issue(3),
      ])
      expect(deleted.status).toBe(204)
      for (const { status, body } of [one, two, three]) {
        expect([201, 403, 404]).toContain(status)
        if (status === 201) expect(await tokens.verify(body.secret)).toMatchObject({ ok: false })
      }
    }
  })

  it('an account gets no more than its maker has, and an administrator without a scope issues no token that has it', async () => {
    const { call, createAccount, create } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot', ['issues:write'])
    const { secret } = await create('alice', 'admin', ['workspace:admin', 'issues:read'])
    const as = { token: secret }

    const wide = await call('POST', '/v1/service-accounts', { ...as, body: { name: 'x', scopes: ['issues:write'] } })
    expect([wide.status, wide.body.code]).toEqual([403, 'scope_not_allowed'])
    const path = `/v1/service-accounts/${id}`
    expect((await call('PATCH', path, { ...as, body: { scopes: ['reports:read'] } })).body.code).toBe(
      'scope_not_allowed',
    )
    const issued = await call('POST', `${path}/tokens`, { ...as, body: { name: 'ci' } })
    expect([issued.status, issued.body.code]).toEqual([403, 'scope_not_allowed'])
    const narrow = await call('POST', `${path}/tokens`, { ...as, body: { name: 'ci', scopes: ['issues:read'] } })
    expect(narrow.status).toBe(201)
  })

  it('a suspended tenant gets no new accounts and no new tokens', async () => {
    const { call, createAccount, accounts } = await host({ on })
    const { id } = await createAccount('alice', 'deploy-bot')
    await accounts.suspend(tenant('ws_1'), { by: system })
    for (const [path, body] of [
      ['/v1/service-accounts', { name: 'x', scopes: [] }],
      [`/v1/service-accounts/${id}/tokens`, { name: 'x' }],
      ['/v1/api-tokens', { name: 'x', scopes: [] }],
    ] as const) {
      const refused = await call('POST', path, { as: 'alice', body })
      expect([refused.status, refused.body.code], path).toEqual([403, 'owner_inactive'])
    }
  })

  it('lists of accounts and of their tokens are paged', async () => {
    const { call, createAccount } = await host({ on })
    const ids = []
    for (let i = 0; i < 3; i++) ids.push((await createAccount('alice', 'same name')).id)
    const first = await call('GET', '/v1/service-accounts?limit=2', { as: 'alice' })
    const rest = await call('GET', `/v1/service-accounts?limit=2&cursor=${first.body.next_cursor}`, { as: 'alice' })
    expect([...first.body.data, ...rest.body.data].map(({ id }) => id)).toEqual(ids.reverse())
    expect(rest.body.next_cursor).toBeNull()

    const path = `/v1/service-accounts/${ids[0]}/tokens`
    for (const name of ['a', 'b', 'c']) await call('POST', path, { as: 'alice', body: { name } })
    const page = await call('GET', `${path}?limit=1`, { as: 'alice' })
    const next = await call('GET', `${path}?cursor=${page.body.next_cursor}`, { as: 'alice' })
    expect([...page.body.data, ...next.body.data].map(({ name }) => name)).toEqual(['c', 'b', 'a'])
  })

  it('a host without service accounts has no such endpoints', async () => {
    const { tokens } = await host({ on })
    const api = managementApi({ tokens, catalogue, authenticate: () => undefined })
    expect(await api.handle(new Request('http://localhost/service-accounts'))).toBeUndefined()
    expect((await api.handle(new Request('http://localhost/api-tokens')))?.status).toBe(401)
    expect(JSON.stringify(api.openapi())).not.toContain('/service-accounts')
  })
})

/** Every endpoint for service accounts, with a body that fits. */
function endpointsOf(id: string, tokenId = 'cl_0123456789a'): readonly (readonly [string, string, object?])[] {
  const path = `/v1/service-accounts/${id}`
  return [
    ['GET', '/v1/service-accounts'],
    ['POST', '/v1/service-accounts', { name: 'x', scopes: [] }],
    ['PATCH', path, { scopes: [] }],
    ['GET', `${path}/tokens`],
    ['POST', `${path}/tokens`, { name: 'x' }],
    ['DELETE', `${path}/tokens/${tokenId}`],
    ['DELETE', path],
  ]
}
