import { describe, expect, it } from 'vitest'
import type { Answer } from './documented.js'
import { host, hosts, NOW } from './support.js'

const DAY = 86_400_000

describe.each(hosts)('the tokens of whoever calls, behind $name', (on) => {
  it('CL12 a token is made, shown once with its secret, listed without it, and works', async () => {
    const { call, tokens } = await host({ on })
    const made = await call('POST', '/v1/api-tokens', { as: 'bob', body: { name: 'laptop', scopes: ['issues:write'] } })

    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.stringMatching(/^cl_[0-9A-Za-z]{11}$/),
      name: 'laptop',
      scopes: ['issues:write'],
      created_at: '2030-01-01T00:00:00.000Z',
      expires_at: null,
      last_used_at: null,
      secret: expect.stringMatching(/^cl_/),
    })
    const { secret, ...shown } = made.body
    const listed = await call('GET', '/v1/api-tokens', { as: 'bob' })
    expect(listed.status).toBe(200)
    expect(listed.body).toEqual({ data: [shown], next_cursor: null })
    expect(await tokens.verify(secret, { scopes: ['issues:read'] })).toMatchObject({ ok: true })
  })

  it('CL12 a list says when a token was last used', async () => {
    const { call, create, tokens, advance } = await host({ on })
    const { secret } = await create('bob', 'laptop')
    advance(5000)
    await tokens.verify(secret)
    await tokens.flush()

    const { body } = await call('GET', '/v1/api-tokens', { as: 'bob' })
    expect(body.data[0]?.last_used_at).toBe('2030-01-01T00:00:05.000Z')
  })

  it('CL12 an answer to a roll or a change says it too', async () => {
    const { call, create, tokens, advance } = await host({ on })
    const { id, secret } = await create('bob', 'laptop')
    advance(5000)
    await tokens.verify(secret)
    await tokens.flush()
    advance(5000)
    const last_used_at = '2030-01-01T00:00:05.000Z'
    const changed = await call('PATCH', `/v1/api-tokens/${id}`, { as: 'bob', body: { name: 'desk' } })
    expect(changed.body).toMatchObject({ id, name: 'desk', last_used_at })
    const rolled = await call('POST', `/v1/api-tokens/${id}/roll`, { as: 'bob' })
    expect(rolled.body).toMatchObject({ id, name: 'desk', last_used_at })
    await tokens.verify(rolled.body.secret)
    const again = await call('POST', `/v1/api-tokens/${id}/roll`, { as: 'bob' })
    expect(again.body.last_used_at).toBe('2030-01-01T00:00:10.000Z')
  })

  it('CL4 rolling gives a new secret under the same id, and ends the old one at once', async () => {
    const { call, create, tokens } = await host({ on })
    const before = await create('bob', 'laptop')
    const rolled = await call('POST', `/v1/api-tokens/${before.id}/roll`, { as: 'bob' })

    expect(rolled.status).toBe(200)
    expect(rolled.body).toEqual({ ...before, secret: expect.not.stringContaining(before.secret) })
    expect(await tokens.verify(before.secret)).toMatchObject({ ok: false })
    expect(await tokens.verify(rolled.body.secret)).toMatchObject({ ok: true })
    expect((await call('POST', `/v1/api-tokens/${before.id}/roll`, { as: 'bob', body: {} })).status).toBe(200)
  })

  it('a roll that says it is JSON and has no body is one without a body', async () => {
    const { call, create } = await host({ on })
    const { id } = await create('bob', 'laptop')
    const rolled = await call('POST', `/v1/api-tokens/${id}/roll`, { as: 'bob', raw: '' })
    expect([rolled.status, rolled.body.id]).toEqual([200, id])
  })

  it('CL5 revoking ends a token at once, frees it from the list, and may be repeated', async () => {
    const { call, create, tokens } = await host({ on })
    const { id, secret } = await create('bob', 'laptop')

    const revoked = await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })
    expect([revoked.status, revoked.text]).toEqual([204, ''])
    expect(await tokens.verify(secret)).toMatchObject({ ok: false, reason: 'revoked' })
    expect((await call('GET', '/v1/api-tokens', { as: 'bob' })).body.data).toEqual([])
    expect((await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })).status).toBe(204)
  })

  it('CL5 a revoked token takes no more changes: neither a new secret nor new scopes', async () => {
    const { call, create } = await host({ on })
    const { id } = await create('bob', 'laptop')
    await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })

    const rolled = await call('POST', `/v1/api-tokens/${id}/roll`, { as: 'bob' })
    expect([rolled.status, rolled.body.code]).toEqual([409, 'ended'])
    const changed = await call('PATCH', `/v1/api-tokens/${id}`, { as: 'bob', body: { scopes: ['issues:write'] } })
    expect([changed.status, changed.body.code]).toEqual([409, 'ended'])
  })

  it('CL5 a caller with a revoked token is answered 401 unauthorized', async () => {
    const { call, create } = await host({ on })
    const { id, secret } = await create('bob', 'laptop')
    expect((await call('GET', '/v1/api-tokens', { token: secret })).status).toBe(200)
    await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })

    const { status, headers, body } = await call('GET', '/v1/api-tokens', { token: secret })
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(body).toMatchObject({ status: 401, title: 'Unauthorized', code: 'unauthorized', error: 'unauthorized' })
  })

  it('a change of name and scopes holds at once, and the secret stays the same', async () => {
    const { call, create, tokens } = await host({ on })
    const { id, secret, ...before } = await create('bob', 'laptop')
    const changed = await call('PATCH', `/v1/api-tokens/${id}`, {
      as: 'bob',
      body: { name: 'desktop', scopes: ['issues:write'] },
    })

    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({ ...before, id, name: 'desktop', scopes: ['issues:write'] })
    expect(await tokens.verify(secret, { scopes: ['issues:write'] })).toMatchObject({ ok: true })
    expect((await call('PATCH', `/v1/api-tokens/${id}`, { as: 'bob', body: {} })).body).toEqual({
      ...changed.body,
      last_used_at: '2030-01-01T00:00:00.000Z',
    })
  })

  it('CL1 a second unrevoked token of a name is a clear 409, of another caller it is none', async () => {
    const { call, create } = await host({ on })
    const { id } = await create('bob', 'laptop')
    const again = { body: { name: 'laptop', scopes: [] } }

    const taken = await call('POST', '/v1/api-tokens', { as: 'bob', ...again })
    expect([taken.status, taken.body.code]).toEqual([409, 'name_taken'])
    expect((await call('POST', '/v1/api-tokens', { as: 'alice', ...again })).status).toBe(201)
    await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })
    expect((await call('POST', '/v1/api-tokens', { as: 'bob', ...again })).status).toBe(201)
  })

  it('CL2 an unknown scope is a clear 422, and nothing is stored', async () => {
    const { call } = await host({ on })
    for (const scopes of [['issues:delete'], ['issues:read', ''], ['*'], ['issues:read issues:write'], ['__proto__']]) {
      const { status, body } = await call('POST', '/v1/api-tokens', { as: 'alice', body: { name: 'x', scopes } })
      expect([status, body.code]).toEqual([422, 'unknown_scope'])
    }
    expect((await call('GET', '/v1/api-tokens', { as: 'alice' })).body.data).toEqual([])
  })

  it('CL3 a token lives long by default, until its expiry where one is given, and for ever where null is', async () => {
    const { call, tokens, advance } = await host({ on })
    const make = async (name: string, expiry: object) =>
      (await call('POST', '/v1/api-tokens', { as: 'bob', body: { name, scopes: ['issues:read'], ...expiry } })).body

    const day = await make('a day', { expires_at: '2030-01-02T01:30:00+01:30' })
    expect(day.expires_at).toBe('2030-01-02T00:00:00.000Z')
    expect((await make('by default', {})).expires_at).toBeNull()
    expect((await make('for ever', { expires_at: null })).expires_at).toBeNull()
    advance(DAY)
    expect(await tokens.verify(day.secret)).toMatchObject({ ok: false, reason: 'expired' })
  })

  it('CL3 an expiry is a moment in the future, with its offset', async () => {
    const { call } = await host({ on })
    const make = async (expires_at: unknown) => {
      const { status, body } = await call('POST', '/v1/api-tokens', {
        as: 'bob',
        body: { name: 'x', scopes: [], expires_at },
      })
      return [status, body.code]
    }
    for (const past of [new Date(NOW).toISOString(), '2029-12-31T23:59:59Z', '1969-12-31T23:59:59Z']) {
      expect(await make(past), past).toEqual([422, 'invalid_expiry'])
    }
    const wrong = [
      '2031-01-01',
      '2031-01-01T00:00:00',
      '2031-02-29T00:00:00Z',
      '2031-01-01T24:00:00Z',
      'tomorrow',
      '',
      0,
    ]
    for (const text of [...wrong, 1924992000000, true, {}, '+012031-01-01T00:00:00Z', '2031-01-01T00:00:00Z\n']) {
      expect(await make(text), String(text)).toEqual([422, 'invalid_input'])
    }
  })

  it('a lifetime that the host does not allow is refused', async () => {
    const { call } = await host({ on, tokens: { lifetimes: ['30d'] } })
    const forever = await call('POST', '/v1/api-tokens', {
      as: 'bob',
      body: { name: 'x', scopes: [], expires_at: null },
    })
    expect([forever.status, forever.body.code]).toEqual([422, 'lifetime_not_allowed'])
  })

  it('SL3 CL3 a lifetime is asked for as the host names it, and is one of those that the host allows', async () => {
    const { call } = await host({ on, tokens: { lifetimes: ['30d', '1y', 'never'] } })
    let made = 0
    const make = (expiry: object) =>
      call('POST', '/v1/api-tokens', { as: 'bob', body: { name: `token ${made++}`, scopes: [], ...expiry } })
    expect((await make({ expires_in: '30d' })).body.expires_at).toBe(new Date(NOW + 30 * DAY).toISOString())
    expect((await make({ expires_in: 'never' })).body.expires_at).toBeNull()
    expect((await make({ expires_in: '90d' })).body.code).toBe('lifetime_not_allowed')
    const both = await make({ expires_in: '30d', expires_at: new Date(NOW + 30 * DAY).toISOString() })
    expect([both.status, both.body.code]).toEqual([422, 'invalid_expiry'])
    for (const expires_in of ['', '30', '30 d', '1.5d', '-1d', '1e3d', 'x', 30, null, ['30d'], `${'9'.repeat(400)}d`]) {
      expect((await make({ expires_in })).status, String(expires_in)).toBe(422)
    }
  })

  it('CL6 the catalogue is served in its groups, with descriptions', async () => {
    const { call } = await host({ on })
    const { status, body } = await call('GET', '/v1/api-tokens/scopes', { as: 'bob' })

    expect(status).toBe(200)
    expect(body.data.map(({ name }) => name)).toEqual(['Data', 'Integrations', 'Workspace', 'AI & Reports', 'Admin'])
    expect(body.data[0]?.scopes).toEqual([
      { name: 'issues:read', description: 'Read issues', implies: [] },
      { name: 'issues:write', description: 'Create and update issues', implies: ['issues:read'] },
    ])
  })

  it('lists go newest first, page by page, each token once, and never cut silently', async () => {
    const { call, create, advance } = await host({ on })
    for (let i = 0; i < 7; i++) {
      await create('bob', `token ${i}`)
      advance(i % 2)
    }
    await create('alice', 'of another')

    const seen: string[] = []
    const sizes: number[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { body }: Answer = await call('GET', `/v1/api-tokens?limit=3${query}`, { as: 'bob' })
      seen.push(...body.data.map(({ name }) => name))
      sizes.push(body.data.length)
      cursor = body.next_cursor
    } while (cursor !== null)
    expect(sizes).toEqual([3, 3, 1])
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `token ${i}`))
  })

  it('revoked tokens make no page short', async () => {
    const { call, create } = await host({ on })
    const made = []
    for (let i = 0; i < 6; i++) made.push(await create('bob', `token ${i}`))
    for (const { id } of made.slice(2, 5)) await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })

    const { body } = await call('GET', '/v1/api-tokens?limit=2', { as: 'bob' })
    expect(body.data.map(({ name }) => name)).toEqual(['token 5', 'token 1'])
    expect(body.next_cursor).not.toBeNull()
  })

  it('a limit and a cursor that are none are refused, as is a parameter named twice or unknown', async () => {
    const { call } = await host({ on })
    const limits = ['0', '501', '1000', '-1', '1.5', '1e2', '0x10', ' 5', '', 'ten', '٣', '05', '9'.repeat(400)]
    for (const limit of limits) {
      const { status, body } = await call('GET', `/v1/api-tokens?limit=${encodeURIComponent(limit)}`, { as: 'bob' })
      expect([status, body.code, body.errors], limit).toEqual([422, 'invalid_input', [{ parameter: 'limit' }]])
    }
    for (const cursor of ['', 'x', 'a'.repeat(5000), 'MTIz', '../..']) {
      const { status, body } = await call('GET', `/v1/api-tokens?cursor=${cursor}`, { as: 'bob' })
      expect([status, body.code], cursor).toEqual([422, 'invalid_cursor'])
    }
    for (const query of ['limit=1&limit=1', 'limit=1&limit=2', 'offset=3', 'Limit=3', '__proto__=3', 'limit[]=3']) {
      const { status, body } = await call('GET', `/v1/api-tokens?${query}`, { as: 'bob' })
      expect([status, body.code], query).toEqual([422, 'invalid_input'])
    }
    for (const limit of [1, 500]) {
      expect((await call('GET', `/v1/api-tokens?limit=${limit}`, { as: 'bob' })).status).toBe(200)
    }
  })

  it('a token that calls manages the tokens of its owner, and hands on no more than it has', async () => {
    const { call, create } = await host({ on })
    const { secret } = await create('alice', 'narrow', ['issues:read'])
    const make = (scopes: string[]) =>
      call('POST', '/v1/api-tokens', { token: secret, body: { name: scopes.join(), scopes } })

    expect((await make(['issues:read'])).status).toBe(201)
    const wider = await make(['issues:write'])
    expect([wider.status, wider.body.code]).toEqual([403, 'scope_not_allowed'])
    expect((await call('GET', '/v1/api-tokens', { as: 'alice' })).body.data).toHaveLength(2)
  })
})
