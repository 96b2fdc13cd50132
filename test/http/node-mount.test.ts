import type { RequestListener } from 'node:http'
import { user } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { type GuardedRequest, type Mountable, mount, requireScopes } from 'tokenloop/node'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { catalogue, exchange, host, type Options, serve, statusOf } from './support.js'

/** Answers requests below a path of its own. */
const part = (path: string): Mountable => ({
  handle: async (request) => (new URL(request.url).pathname.startsWith(path) ? new Response(path) : undefined),
})

describe('what is mounted', () => {
  it('answers its own requests, and leaves all others to what comes next, body and all', async () => {
    const listener = mount({ a: part('/a'), b: part('/b') })
    const { url } = await serve((req, res) =>
      listener(req, res, async () => {
        const chunks: Uint8Array[] = []
        for await (const chunk of req) chunks.push(chunk)
        res.end(`next: ${Buffer.concat(chunks)}`)
      }),
    )
    const post = async (path: string) => (await fetch(url + path, { method: 'POST', body: 'hello' })).text()
    expect([await post('/a/x'), await post('/b'), await post('/c')]).toEqual(['/a', '/b', 'next: hello'])
  })

  it('is asked in turn, and the first that answers has answered', async () => {
    const { url } = await serve(mount({ first: part('/x'), second: part('/') }))
    expect(await (await fetch(`${url}/x`)).text()).toBe('/x')
    expect(await (await fetch(`${url}/y`)).text()).toBe('/')
  })

  it('leaves what nobody answers to a 404 where nothing comes next', async () => {
    const { url } = await serve(mount({ a: part('/a') }))
    const response = await fetch(`${url}/c`)
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await response.json()).toMatchObject({ code: 'not_found' })
  })

  it('A19.14 a path that could be read as another one goes to what comes next, as it came', async () => {
    const listener = mount({ a: part('/') })
    const { port } = await serve((req, res) => listener(req, res, () => res.end(`next: ${req.url}`)))
    const answer = await exchange(port, 'GET /a/../b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    expect(answer).toContain('next: /a/../b')
  })

  it('is told apart from a fault: what a part throws is a 500, and nothing comes next', async () => {
    const broken: Mountable = { handle: () => Promise.reject(new Error('no')) }
    const listener = mount({ broken })
    const { url } = await serve((req, res) => listener(req, res, () => res.end('next')))
    expect((await fetch(url)).status).toBe(500)
  })
})

describe('a route that requires scopes', () => {
  async function guarded(scopes: readonly ('issues:read' | 'issues:write')[], options: Options = {}) {
    const { tokens, create } = await host(options)
    const guard = createGuard({
      resource: 'https://api.acme.dev',
      catalogue,
      accept: [apiTokens(tokens, { from: ['x-api-key', 'bearer'] })],
    })
    const middleware = requireScopes(guard, ...scopes)
    const passed: unknown[] = []
    const listener: RequestListener = (req: GuardedRequest<'token'>, res) =>
      middleware(req, res, async (error) => {
        passed.push(error)
        if (error !== undefined) return res.writeHead(500).end(`error: ${error}`)
        let body = ''
        for await (const chunk of req) body += chunk
        res.end(JSON.stringify({ by: req.principal?.owner, token: req.principal?.tokenId, body }))
      })
    return { ...(await serve(listener)), tokens, create, passed, guard }
  }

  it('lets pass what has them, with who sent it, and leaves the body to the host', async () => {
    const { url, create } = await guarded(['issues:read'])
    const { id, secret } = await create('bob', 'laptop', ['issues:write'])
    for (const headers of [{ authorization: `Bearer ${secret}` }, { 'x-api-key': secret }]) {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const response = await fetch(url, { method: 'POST', headers: { ...headers, ...form }, body: 'a=1' })
      expect(await response.json()).toEqual({ by: { kind: 'user', id: 'bob' }, token: id, body: 'a=1' })
    }
  })

  it('answers everything else as the guard does', async () => {
    const { url, create, passed } = await guarded(['issues:read', 'issues:write'])
    const { secret } = await create('bob', 'laptop', ['issues:read'])
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(url, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401)
    const narrow = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
    expect(narrow.status).toBe(403)
    expect(narrow.headers.get('www-authenticate')).toContain('scope="issues:read issues:write"')
    const head = await fetch(url, { method: 'HEAD', headers: { authorization: `Bearer ${secret}` } })
    expect(head.status).toBe(403)
    expect(passed).toEqual([])
  })

  it('A2.4 two Authorization lines are refused, also where both hold the same valid token', async () => {
    const { port, create } = await guarded(['issues:read'])
    const { secret } = await create('bob', 'laptop')
    const line = `Authorization: Bearer ${secret}\r\n`
    const get = (headers: string) => exchange(port, `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n`)
    expect(statusOf(await get(line))).toBe(200)
    expect(statusOf(await get(line + line))).toBe(400)
    expect(statusOf(await get(`${line}X-API-Key: other\r\n`))).toBe(400)
  })

  it('A1.26 a token for some networks is judged by where the request came from', async () => {
    const { url, tokens } = await guarded(['issues:read'])
    const issue = async (name: string, networks: string[]) => {
      const owner = user('bob')
      const { secret } = await tokens.issue({ by: { kind: 'system' }, owner, name, scopes: ['issues:read'], networks })
      return { authorization: `Bearer ${secret.reveal()}`, 'x-forwarded-for': '192.0.2.1' }
    }
    expect((await fetch(url, { headers: await issue('here', ['127.0.0.0/8']) })).status).toBe(200)
    expect((await fetch(url, { headers: await issue('elsewhere', ['192.0.2.0/24']) })).status).toBe(401)
  })

  it('tells the caller how the limits of the token stand', async () => {
    const { url, tokens } = await guarded(['issues:read'])
    const { secret } = await tokens.issue({
      by: { kind: 'system' },
      owner: user('bob'),
      name: 'limited',
      scopes: ['issues:read'],
      limits: [{ name: 'calls', limit: 1, every: '1m' }],
    })
    const headers = { authorization: `Bearer ${secret.reveal()}` }
    const passed = await fetch(url, { headers })
    expect([passed.status, passed.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('"calls";r=0')])
    const refused = await fetch(url, { headers })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  })

  it('A20.18 what is wrong with the host itself goes to what comes next as an error, and nothing passes', async () => {
    const { guard, create } = await guarded([])
    const { secret } = await create('bob', 'laptop')
    const mistakes = [
      requireScopes<string, 'token'>(guard as Parameters<typeof requireScopes<string, 'token'>>[0], 'issues:raed'),
      requireScopes({ check: () => Promise.reject(new Error('broken')) }),
    ]
    for (const middleware of mistakes) {
      const { url } = await serve((req, res) =>
        middleware(req, res, (error) => res.writeHead(error === undefined ? 200 : 500).end()),
      )
      expect((await fetch(url, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(500)
    }
  })

  it('R67 a store that fails is a 503, and nothing passes', async () => {
    let broken = false
    const { url, create } = await guarded(['issues:read'], {
      around: (store) =>
        around(store, async (_, run) => {
          if (broken) throw new Error('no database')
          return run()
        }),
    })
    const { secret } = await create('bob', 'laptop')
    broken = true
    const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
    expect([response.status, response.headers.has('retry-after')]).toEqual([503, true])
  })
})

describe('the management API behind a guard', () => {
  it('CL5 the answer of the guard to a revoked token is the answer of the API', async () => {
    const { tokens, accounts, create, call } = await host()
    const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens)] })
    const api = managementApi({
      tokens,
      accounts,
      catalogue,
      authenticate: async (request) => {
        const access = await guard.check(request)
        return access.ok ? access.principal : access.response
      },
    })
    const { url } = await serve(mount({ api }))
    const { id, secret } = await create('bob', 'laptop')
    const headers = { authorization: `Bearer ${secret}` }
    expect((await fetch(`${url}/api-tokens`, { headers })).status).toBe(200)
    await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })
    const refused = await fetch(`${url}/api-tokens`, { headers })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token')
  })
})
