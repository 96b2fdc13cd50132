import { randomBytes } from 'node:crypto'
import { user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { host, hosts } from './support.js'

const BODY = '{"name":"x","scopes":[]}'

describe.each(hosts)('what the management API is sent behind $name', (on) => {
  it('A1.16 whose tokens they are is never taken from the request', async () => {
    const { call, create, tokens } = await host({ on })
    const nobody = await call('POST', '/v1/api-tokens', { body: { userId: 'alice', name: 'x', scopes: [] } })
    expect(nobody.status).toBe(401)

    for (const member of ['userId', 'owner', 'tenant', 'by', 'within', 'roles', 'id', 'notBefore', 'metadata']) {
      const body = { name: 'x', scopes: [], [member]: member === 'owner' ? { kind: 'user', id: 'alice' } : 'alice' }
      const refused = await call('POST', '/v1/api-tokens', { as: 'bob', body })
      expect([refused.status, refused.body.code, refused.body.errors], member).toEqual([
        422,
        'invalid_input',
        [{ pointer: '#' }],
      ])
    }
    for (const query of ['?owner=alice', '?tenant=ws_2', '?user=alice']) {
      expect((await call('GET', `/v1/api-tokens${query}`, { as: 'bob' })).status).toBe(422)
      await create('bob', query)
    }
    expect((await tokens.list({ owner: { kind: 'user', id: 'alice' } })).items).toEqual([])
  })

  it('A1.17 scopes beyond those of the caller are refused, at making, changing and rolling, and nothing changes', async () => {
    const { call, create, tokens } = await host({ on })
    const { id } = await create('bob', 'laptop')
    const { id: strong, secret } = await create('alice', 'strong', ['reports:read'])
    const weak = await create('alice', 'weak', ['issues:read'])
    const refusals = [
      await call('POST', '/v1/api-tokens', { as: 'bob', body: { name: 'x', scopes: ['reports:read'] } }),
      await call('POST', '/v1/api-tokens', { as: 'bob', body: { name: 'x', scopes: ['issues:read', 'hooks:write'] } }),
      await call('PATCH', `/v1/api-tokens/${id}`, { as: 'bob', body: { scopes: ['workspace:admin'] } }),
      await call('POST', `/v1/api-tokens/${strong}/roll`, { token: weak.secret }),
    ]
    for (const { status, body } of refusals) expect([status, body.code]).toEqual([403, 'scope_not_allowed'])
    expect((await call('GET', '/v1/api-tokens', { as: 'bob' })).body.data).toMatchObject([{ scopes: ['issues:read'] }])
    expect(await tokens.verify(secret)).toMatchObject({ ok: true })
  })

  it('A1.18 a token of somebody else is not found, like one that never was, and stays as it was', async () => {
    const { call, create, tokens } = await host({ on })
    const { id, secret } = await create('alice', 'laptop')
    const attempts = (id: string) => [
      call('PATCH', `/v1/api-tokens/${id}`, { as: 'bob', body: { name: 'mine' } }),
      call('POST', `/v1/api-tokens/${id}/roll`, { as: 'bob' }),
      call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' }),
    ]
    const others = await Promise.all(attempts(id))
    const missing = await Promise.all(attempts('cl_00000000000'))
    for (const { status } of others) expect(status).toBe(404)
    expect(others.map(({ text }) => text)).toEqual(missing.map(({ text }) => text))
    expect(await tokens.verify(secret)).toMatchObject({ ok: true, principal: { name: 'laptop' } })
  })

  it("A1.18 another caller's cursor shows nothing but one's own", async () => {
    const { call, create, createAccount } = await host({ on })
    for (const name of ['a', 'b', 'c']) {
      await create('alice', name)
      await create('carol', name)
      await createAccount('alice', name)
    }
    const { next_cursor } = (await call('GET', '/v1/api-tokens?limit=1', { as: 'alice' })).body
    const carols = (await call('GET', `/v1/api-tokens?cursor=${next_cursor}`, { as: 'carol' })).body.data
    const own = (await call('GET', '/v1/api-tokens', { as: 'carol' })).body.data
    expect(own).toEqual(expect.arrayContaining([...carols]))
    const accounts = (await call('GET', '/v1/service-accounts?limit=1', { as: 'alice' })).body.next_cursor
    expect((await call('GET', `/v1/service-accounts?cursor=${accounts}`, { as: 'carol' })).body.data).toEqual([])
  })

  it('a token of a tenant reaches no token of its owner in another', async () => {
    const { call, tokens, create } = await host({ on })
    const own = await create('alice', 'here')
    const { token } = await tokens.issue({
      by: { kind: 'system' },
      owner: { kind: 'user', id: 'alice' },
      tenant: 'ws_2',
      name: 'there',
      scopes: [],
    })
    expect((await call('GET', '/v1/api-tokens', { token: own.secret })).body.data).toMatchObject([{ id: own.id }])
    expect((await call('DELETE', `/v1/api-tokens/${token.id}`, { token: own.secret })).status).toBe(404)
  })

  it('A19.2 a body of another type, or of none, is a 415', async () => {
    const { call } = await host({ on })
    const types = [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'text/json',
      'application/jsonp',
      'application/json-evil',
      'application/json; charset=utf-16',
      'application/json; charset=utf-8; charset=utf-16',
      'application/json, application/json',
      'application/json;x',
      '',
    ]
    for (const type of types) {
      const refused = await call('POST', '/v1/api-tokens', { as: 'bob', raw: BODY, headers: { 'content-type': type } })
      expect([refused.status, refused.body.code], type).toEqual([415, 'unsupported_media_type'])
    }
    const kept = ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"']
    for (const [i, type] of kept.entries()) {
      const raw = JSON.stringify({ name: `token ${i}`, scopes: [] })
      const made = await call('POST', '/v1/api-tokens', { as: 'bob', raw, headers: { 'content-type': type } })
      expect(made.status, type).toBe(201)
    }
  })

  it('A19.3 what is not JSON in UTF-8 is a 400, and says nothing of what it was', async () => {
    const { call } = await host({ on })
    const texts = ['{', '{"name":"x","scopes":[]', `${BODY} x`, "{'name':'x'}", '{"name":"x",}', 'undefined', 'NaN']
    const bytes = [
      ...texts,
      new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
      new TextEncoder().encode(`\ufeff${BODY}`),
      new Uint8Array([...new TextEncoder().encode('{"name":"'), 0xe9, ...new TextEncoder().encode('","scopes":[]}')]),
      `${'['.repeat(30_000)}`,
      new Uint8Array(randomBytes(500)),
    ]
    for (const raw of bytes) {
      const { status, body, text } = await call('POST', '/v1/api-tokens', { as: 'bob', raw, headers: JSON_TYPE })
      expect([status, body.code], String(raw).slice(0, 40)).toEqual([400, 'invalid_json'])
      expect(text).not.toContain('position')
    }
  })

  it('A19.4 a member that is named twice is a 400, in whatever spelling and depth', async () => {
    const { call } = await host({ on })
    const twice = [
      '{"name":"a","name":"b","scopes":[]}',
      '{"name":"a","scopes":[],"name":"a"}',
      '{"name":"a","scopes":[],"\\u006eame":"b"}',
      '{"name":"a","scopes":[],"x":{"y":1,"y":2}}',
      '{"name":"a","scopes":[{"y":[],"y":[]}]}',
      '{"name":"\\"}","scopes":[],"na\\u006de":"b"}',
      '{"__proto__":1,"__proto__":2}',
      '{"":1,"":2}',
    ]
    for (const raw of twice) {
      const { status, body } = await call('POST', '/v1/api-tokens', { as: 'bob', raw })
      expect([status, body.code], raw).toEqual([400, 'invalid_json'])
    }
    const once = '{"name":"name, \\"name\\": {[","scopes":[ "issues:read" , "issues:read" ]}'
    const made = await call('POST', '/v1/api-tokens', { as: 'bob', raw: once })
    expect([made.status, made.body.name]).toEqual([201, 'name, "name": {['])
  })

  it('a body of the wrong shape is a 422 that names the places, never what stood there', async () => {
    const { call } = await host({ on })
    const cases: readonly (readonly [unknown, readonly string[]])[] = [
      [null, ['#']],
      [[], ['#']],
      ['text', ['#']],
      [{}, ['#/name', '#/scopes']],
      [{ name: 1, scopes: 'issues:read' }, ['#/name', '#/scopes']],
      [{ name: 'x', scopes: ['issues:read', { secretive: 1 }] }, ['#/scopes/1']],
      [{ name: 'x', scopes: [], 'inject"<b>\r\n': 1 }, ['#']],
      [{ name: { toString: 'x' }, scopes: { length: 0 } }, ['#/name', '#/scopes']],
      [
        { name: 'x', scopes: Array.from({ length: 50 }, () => 1) },
        Array.from({ length: 10 }, (_, i) => `#/scopes/${i}`),
      ],
    ]
    for (const [body, pointers] of cases) {
      const refused = await call('POST', '/v1/api-tokens', { as: 'bob', body })
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid_input'])
      expect(refused.body.errors).toEqual(pointers.map((pointer) => ({ pointer })))
      expect(refused.text).not.toMatch(/secretive|inject|<b>/)
    }
    expect(
      (await call('POST', '/v1/api-tokens/cl_00000000000/roll', { as: 'bob', body: { overlap: '24h' } })).status,
    ).toBe(422)
  })

  it('A20.3 names that no store could keep are refused', async () => {
    const { call } = await host({ on })
    const names = ['', '   ', 'a\u0000b', 'a\nb', '\u001b[31m', '\ud800', 'x\u2028y', 'x'.repeat(101), '😀'.repeat(101)]
    for (const name of names) {
      const { status, body } = await call('POST', '/v1/api-tokens', { as: 'bob', body: { name, scopes: [] } })
      expect([status, body.code], JSON.stringify(name)).toEqual([422, 'invalid_name'])
    }
  })

  it('A20.12 names come back byte for byte', async () => {
    const { call } = await host({ on })
    const names = [
      'é',
      'e\u0301',
      'a\u200bb',
      '\u05d0\u05d1\u05d2',
      '😀'.repeat(100),
      "'; DROP TABLE tokens; --",
      '</script>',
      '__proto__',
    ]
    for (const name of names) {
      const made = await call('POST', '/v1/api-tokens', { as: 'bob', body: { name, scopes: [] } })
      expect([made.status, made.body.name]).toEqual([201, name])
    }
    const { body } = await call('GET', '/v1/api-tokens', { as: 'bob' })
    expect(body.data.map(({ name }) => name).reverse()).toEqual(names)
  })

  it('A20.14 __proto__ and its kin are unknown members, and pollute nothing', async () => {
    const { call } = await host({ on })
    const hostile = [
      '{"name":"x","scopes":[],"__proto__":{"polluted":true}}',
      '{"__proto__":{"name":"x","scopes":[]}}',
      '{"name":"x","scopes":[],"constructor":{"prototype":{"polluted":true}}}',
      '{"name":"x","scopes":[],"toString":"x"}',
    ]
    for (const raw of hostile) {
      const refused = await call('POST', '/v1/api-tokens', { as: 'bob', raw })
      expect([refused.status, refused.body.code], raw).toEqual([422, 'invalid_input'])
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('a body beyond the limit is a 413, whether it says its length or not', async () => {
    const { call, url, fetch } = await host({ on, api: { bodyLimit: 1000 } })
    const body = { name: 'x', scopes: [], padding: 'y'.repeat(1000) }
    const said = await call('POST', '/v1/api-tokens', { as: 'bob', body })
    expect([said.status, said.body.code]).toEqual([413, 'content_too_large'])

    const chunked = await fetch(`${url}/v1/api-tokens`, {
      method: 'POST',
      headers: { 'x-user': 'bob', ...JSON_TYPE },
      body: new Blob([JSON.stringify(body)]).stream(),
      duplex: 'half',
    })
    expect([chunked.status, ((await chunked.json()) as { code: string }).code]).toEqual([413, 'content_too_large'])
    const fits = JSON.stringify({ name: 'x', scopes: [] }).padEnd(1000)
    expect((await call('POST', '/v1/api-tokens', { as: 'bob', raw: fits })).status).toBe(201)
    expect((await call('POST', '/v1/api-tokens', { as: 'bob', raw: `${fits} ` })).status).toBe(413)
  })

  it('A19.6 an encoded body is a 415', async () => {
    const { call } = await host({ on })
    for (const encoding of ['gzip', 'br', 'identity, gzip', 'x']) {
      const headers = { 'content-encoding': encoding }
      const refused = await call('POST', '/v1/api-tokens', { as: 'bob', raw: BODY, headers })
      expect([refused.status, refused.body.code], encoding).toEqual([415, 'unsupported_media_type'])
      const { api } = await host({ on, api: { authenticate: () => user('bob') } })
      const request = new Request('http://localhost/v1/api-tokens', {
        method: 'POST',
        headers: { ...JSON_TYPE, ...headers },
        body: BODY,
      })
      expect((await api.handle(request))?.status, `${encoding}, behind another server`).toBe(415)
    }
  })

  it('A19.1 A19.18 other methods are a 405 that says which there are, and do nothing', async () => {
    const { call, create } = await host({ on })
    const { id } = await create('bob', 'laptop')
    const cases = [
      ['/v1/api-tokens', ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD, POST'],
      [`/v1/api-tokens/${id}`, ['GET', 'HEAD', 'PUT', 'POST', 'OPTIONS'], 'PATCH, DELETE'],
      [`/v1/api-tokens/${id}/roll`, ['GET', 'HEAD', 'DELETE', 'OPTIONS'], 'POST'],
      ['/v1/api-tokens/scopes', ['POST', 'DELETE', 'PATCH'], 'GET, HEAD'],
      ['/v1/service-accounts/sa_1/tokens', ['PUT', 'DELETE'], 'GET, HEAD, POST'],
      ['/v1/openapi.json', ['POST', 'DELETE'], 'GET, HEAD'],
    ] as const
    for (const [path, methods, allow] of cases) {
      for (const method of methods) {
        const { status, headers } = await call(method, path, { as: 'bob' })
        expect([status, headers.get('allow')], `${method} ${path}`).toEqual([405, allow])
      }
    }
    expect((await call('GET', '/v1/api-tokens', { as: 'bob' })).body.data).toMatchObject([{ id }])
  })

  it('A19.18 HEAD is GET without the body', async () => {
    const { call, create } = await host({ on })
    await create('bob', 'laptop')
    for (const path of ['/v1/api-tokens', '/v1/api-tokens/scopes', '/v1/openapi.json']) {
      const [head, get] = [await call('HEAD', path, { as: 'bob' }), await call('GET', path, { as: 'bob' })]
      expect([head.status, head.text]).toEqual([200, ''])
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    }
    expect((await call('HEAD', '/v1/api-tokens')).status).toBe(401)
  })

  it('A19.16 A20.23 no problem repeats what was sent, or shows where it was thrown', async () => {
    const { call, errors } = await host({ on })
    const mark = 'mArKeD'
    const answers = [
      await call('GET', `/v1/api-tokens/${mark}`),
      await call('GET', `/v1/api-tokens?cursor=${mark}`, { as: 'bob' }),
      await call('GET', `/v1/api-tokens?${mark}=1`, { as: 'bob' }),
      await call('DELETE', `/v1/api-tokens/${mark}`, { as: 'bob' }),
      await call('POST', '/v1/api-tokens', { as: 'bob', raw: mark }),
      await call('POST', '/v1/api-tokens', { as: 'bob', body: { [mark]: mark } }),
      await call('POST', '/v1/api-tokens', { as: 'bob', body: { name: 'x', scopes: [mark] } }),
      await call('POST', '/v1/api-tokens', { as: 'bob', body: { name: `${mark}\n`, scopes: [] } }),
      await call('GET', '/v1/api-tokens', { as: mark }),
      await call('GET', '/v1/api-tokens', { token: mark }),
      await call('GET', '/v1/api-tokens', { headers: { authorization: mark, accept: mark } }),
    ]
    for (const { status, text, headers } of answers) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(text + JSON.stringify([...headers])).not.toMatch(/mArKeD|Error|node:|\.[jt]s\b|\n/)
    }
    expect(errors).toEqual([])
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }
