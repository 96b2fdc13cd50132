import { system, user } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { describe, expect, it } from 'vitest'
import { catalogue, host, type Options } from './support.js'

type Authenticate = NonNullable<NonNullable<Options['api']>['authenticate']>

/** What a caller sees where the host answers this about who calls. */
async function seen(answer: () => unknown) {
  const { call, errors } = await host({ api: { authenticate: answer as Authenticate, authenticateTimeout: '10ms' } })
  const { status, body, headers } = await call('GET', '/v1/api-tokens')
  return { status, code: body.code, headers, errors }
}

describe('who calls, as the host says', () => {
  it('nobody is a 401 with a challenge', async () => {
    for (const nobody of [undefined, null]) {
      const { status, code, headers } = await seen(() => nobody)
      expect([status, code, headers.get('www-authenticate')]).toEqual([401, 'unauthorized', 'Bearer'])
    }
  })

  it('an answer of the host, such as that of a guard, is sent as it is', async () => {
    const guard = { status: 429, headers: { 'retry-after': '7', 'cache-control': 'no-store' } }
    const { call } = await host({ api: { authenticate: () => new Response('{"error":"slow down"}', guard) } })
    await expect(call('GET', '/v1/api-tokens')).rejects.toThrow()
    const { url } = await host({ api: { authenticate: () => new Response('{"error":"slow down"}', guard) } })
    const response = await fetch(`${url}/v1/api-tokens`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await response.text()).toBe('{"error":"slow down"}')
  })

  it('A20.18 a host that throws, rejects or never answers is a 503 to try again after, and the host is told', async () => {
    const failures: (() => unknown)[] = [
      () => {
        throw new Error('no database')
      },
      () => {
        throw null
      },
      () => Promise.reject(new Error('no database')),
      () => Promise.reject(undefined),
      () => new Promise(() => {}),
    ]
    for (const failure of failures) {
      const { status, code, headers, errors } = await seen(failure)
      expect([status, code, headers.get('retry-after')], String(failure)).toEqual([503, 'unavailable', '1'])
      expect(errors).toMatchObject([{ code: 'unavailable' }])
    }
  })

  it('A20.18 an answer of another shape is a 503, never a grant', async () => {
    const scopes = catalogue.names
    const token = {
      kind: 'token',
      tokenId: 'cl_00000000000',
      owner: user('alice'),
      tenant: null,
      scopes,
      generation: 1,
    }
    const shapes: unknown[] = [
      system,
      true,
      false,
      0,
      '',
      1,
      'alice',
      {},
      [],
      () => user('alice'),
      { id: 'alice', scopes },
      { kind: 'admin', id: 'alice', scopes },
      { kind: 'user', scopes },
      { kind: 'user', id: '', scopes },
      { kind: 'user', id: 42, scopes },
      { kind: 'user', id: 'alice', scopes: 'workspace:admin' },
      { kind: 'user', id: 'alice', scopes: [['workspace:admin']] },
      { kind: 'user', id: 'alice', scopes, tenant: 7 },
      { kind: 'user', id: 'alice', scopes, tenant: '' },
      { kind: 'account', id: 'sa_1', scopes },
      { ok: true, principal: token },
      { ...token, tokenId: undefined },
      { ...token, owner: { kind: 'tenant', id: 'ws_1' } },
      { ...token, owner: undefined },
      { ...token, scopes: undefined },
      { ...token, generation: undefined },
      { ...token, generation: 0 },
      { ...token, tenant: ['ws_1'] },
    ]
    for (const shape of shapes) {
      const { status, code } = await seen(() => shape)
      expect([status, code], JSON.stringify(shape)).toEqual([503, 'unavailable'])
    }
    expect((await seen(() => token)).status).toBe(200)
    expect((await seen(() => user('alice'))).status).toBe(200)
  })

  it('without scopes nothing can be given, and an empty list allows nothing', async () => {
    for (const scopes of [undefined, []]) {
      const by = user('alice', { ...(scopes && { scopes }), tenant: 'ws_1' })
      const { call } = await host({ api: { authenticate: () => by } })
      const give = (scopes: string[]) => call('POST', '/v1/api-tokens', { body: { name: 'x', scopes } })
      expect((await give(['issues:read'])).status).toBe(403)
      expect((await give([])).status).toBe(201)
      expect((await call('GET', '/v1/service-accounts')).status).toBe(403)
    }
  })

  it('who calls comes before what they ask: nothing of the request is read for somebody who may not', async () => {
    const { call } = await host()
    expect((await call('POST', '/v1/api-tokens', { raw: '{' })).status).toBe(401)
    expect((await call('POST', '/v1/service-accounts', { as: 'bob', raw: '{' })).status).toBe(403)
    expect((await call('GET', '/v1/api-tokens?limit=x')).status).toBe(401)
  })

  it('the host is asked for no more than its own paths, and not for the document', async () => {
    let asked = 0
    const { call, api } = await host({
      api: {
        authenticate: () => {
          asked++
          throw new Error('no database')
        },
      },
    })
    expect((await call('GET', '/v1/openapi.json')).status).toBe(200)
    expect((await call('GET', '/v1/api-tokens/x/y/z')).status).toBe(404)
    expect((await call('PUT', '/v1/api-tokens')).status).toBe(405)
    expect(await api.handle(new Request('http://localhost/v1/issues'))).toBeUndefined()
    expect(asked).toBe(0)
  })

  it('A20.17 what the host does to its actor afterwards changes nothing', async () => {
    const { tokens } = await host()
    const scopes = ['issues:read']
    const by = { kind: 'user' as const, id: 'alice', scopes }
    const api = managementApi({ tokens, catalogue, authenticate: () => by })
    const request = new Request('http://localhost/api-tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // Made when it is read, and so after the host has answered.
      body: new ReadableStream(
        {
          pull(controller) {
            scopes.push('reports:read')
            by.id = 'bob'
            controller.enqueue(new TextEncoder().encode('{"name":"x","scopes":["reports:read"]}'))
            controller.close()
          },
        },
        { highWaterMark: 0 },
      ),
      duplex: 'half',
    })
    expect((await api.handle(request))?.status).toBe(403)
  })

  it('A20.19 a thousand interleaved requests of different people: each gets its own', async () => {
    const people = Array.from({ length: 50 }, (_, i) => `u_${i}`)
    const { call } = await host({
      api: {
        authenticate: async (request) => {
          const id = request.headers.get('x-user') as string
          for (let turn = Number(id.slice(2)) % 7; turn > 0; turn--) await Promise.resolve()
          return user(id, { scopes: ['issues:read'], tenant: `ws_${id}` })
        },
      },
    })
    const made = await Promise.all(
      Array.from({ length: 500 }, (_, i) => {
        const as = people[i % 50] as string
        return call('POST', '/v1/api-tokens', { as, body: { name: `${as} ${i}`, scopes: ['issues:read'] } })
      }),
    )
    expect(new Set(made.map(({ body }) => body.secret)).size).toBe(500)
    const lists = await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const as = people[(i * 7) % 50] as string
        return { as, answer: await call('GET', '/v1/api-tokens?limit=20', { as }) }
      }),
    )
    for (const { as, answer } of lists) {
      expect(answer.body.data).toHaveLength(10)
      for (const { name } of answer.body.data) expect(name.split(' ')[0]).toBe(as)
    }
  }, 60_000)
})

describe('options that cannot work', () => {
  it('are refused when the API is made', async () => {
    const { tokens, accounts } = await host()
    const authenticate = () => undefined
    const make = (options: object) => () => managementApi({ tokens, accounts, catalogue, authenticate, ...options })
    for (const basePath of ['v1', '/v1/', '/', '/../v1', '/v1/.', '/v 1', '/v1?x', '//v1', '/v%31', '/é']) {
      expect(make({ basePath }), basePath).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    for (const options of [
      { authenticate: undefined },
      { bodyLimit: 0 },
      { bodyLimit: Number.NaN },
      { authenticateTimeout: 'soon' },
      { authenticateTimeout: 0 },
      { authenticateTimeout: '25d' },
    ]) {
      expect(make(options), JSON.stringify(options)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    expect(make({ accountsScope: 'admin' })).toThrow(expect.objectContaining({ code: 'unknown_scope' }))
    for (const basePath of ['', '/v1', '/api/v1.2', '/.hidden']) expect(make({ basePath })).not.toThrow()
  })
})
