import { user } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { type Mountable, mount } from 'tokenloop/node'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import type { Made } from './hosts.js'
import {
  catalogue,
  dial,
  exchange,
  host,
  hosts,
  later,
  type Options,
  onNode,
  onSockets,
  serve,
  served,
  statusOf,
} from './support.js'

/** Answers requests below a path of its own. */
const part = (path: string): Mountable => ({
  handle: async (request) => (new URL(request.url).pathname.startsWith(path) ? new Response(path) : undefined),
})

describe.each(hosts)('what is mounted behind $name', (on) => {
  it('answers its own requests, and leaves all others to what comes next, body and all', async () => {
    const { url, fetch } = await served(on, { parts: { a: part('/a'), b: part('/b') } })
    const post = async (path: string) => (await fetch(url + path, { method: 'POST', body: 'hello' })).text()
    expect([await post('/a/x'), await post('/b'), await post('/c')]).toEqual(['/a', '/b', 'next: POST /c hello'])
  })

  it('is asked in turn, and the first that answers has answered', async () => {
    const { url, fetch } = await served(on, { parts: { first: part('/x'), second: part('/') } })
    expect(await (await fetch(`${url}/x`)).text()).toBe('/x')
    expect(await (await fetch(`${url}/y`)).text()).toBe('/')
  })

  it('answers with its status, its headers, and each of its cookies', async () => {
    const headers = new Headers({ 'x-a': '1', 'content-type': 'text/plain' })
    for (const cookie of ['a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT', 'b=2']) headers.append('set-cookie', cookie)
    const answers: Mountable = { handle: async () => new Response('hello', { status: 202, headers }) }
    const { url, fetch } = await served(on, { parts: { answers } })
    const response = await fetch(`${url}/x`)
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([202, '1', 'hello'])
    expect(response.headers.getSetCookie()).toEqual([...headers.getSetCookie()])
  })

  it('A19.18 has no body in an answer to HEAD, and in one of a status without', async () => {
    const answers: Mountable = {
      handle: async ({ url }) =>
        url.endsWith('/204') ? new Response(null, { status: 204 }) : new Response('hello', { headers: { 'x-a': '1' } }),
    }
    const { url, fetch } = await served(on, { parts: { answers } })
    const head = await fetch(`${url}/x`, { method: 'HEAD' })
    expect([head.status, head.headers.get('x-a'), await head.text()]).toEqual([200, '1', ''])
    expect((await fetch(`${url}/204`)).status).toBe(204)
  })

  it('streams: the beginning of an answer arrives before its end is made', async () => {
    const end = later<void>()
    const streams: Mountable = {
      async handle() {
        const parts = async function* () {
          yield new TextEncoder().encode('beginning')
          await end.promise
          yield new TextEncoder().encode(' and end')
        }
        return new Response(ReadableStream.from(parts()))
      },
    }
    const { url, fetch } = await served(on, { parts: { streams } })
    const { body } = await fetch(`${url}/x`)
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('beginning')
    end.resolve()
    expect((await reader?.read())?.value).toBe(' and end')
  })

  it('A20.18 A20.23 what a part throws is a 500 of the host, whose handler of errors is told nothing that it could give away', async () => {
    const fault = new Error('postgres://admin:hunter2@db:5432 refused the connection')
    const failing: readonly Mountable[] = [
      { handle: () => Promise.reject(fault) },
      {
        handle: () => {
          throw fault
        },
      },
    ]
    for (const broken of failing) {
      const { url, fetch, failures } = await served(on, { parts: { broken } })
      const response = await fetch(`${url}/x`)
      expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('hunter2')])
      expect(failures).toHaveLength(1)
      const [told] = failures
      if (on.name !== 'Node')
        expect(told).toMatchObject({ message: expect.not.stringContaining('hunter2'), cause: fault })
    }
  })

  it('what is no part is refused when it is mounted', async () => {
    for (const parts of [{ api: undefined }, { api: {} }]) {
      const made = { parts } as object as Made
      await expect(async () => on.start(made)).rejects.toMatchObject({ code: 'invalid_option' })
    }
  })
})

describe.each(onSockets)('a client of what is mounted behind $name', (on) => {
  it('that leaves ends the making of an answer that it no longer reads', async () => {
    const cancelled = later<void>()
    const endless: Mountable = {
      async handle({ url }) {
        if (!url.endsWith('/x')) return undefined
        const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536))
        return new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }))
      },
    }
    const { port, url, fetch, failures } = await served(on, { parts: { endless } })
    const { send, seen, socket } = await dial(port)
    send('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    await seen('200 OK')
    socket.destroy()
    await cancelled.promise
    expect(await (await fetch(`${url}/y`)).text()).toContain('next')
    expect(failures).toEqual([])
  })

  it('that leaves before there is an answer aborts the signal of its request, and nobody is told of an error', async () => {
    const [aborted, reached] = [later<void>(), later<void>()]
    const slow: Mountable = {
      handle: async ({ url, signal }) => {
        if (!url.endsWith('/x')) return undefined
        reached.resolve()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        aborted.resolve()
        return new Response('too late')
      },
    }
    const { port, url, fetch, failures } = await served(on, { parts: { slow } })
    const { send, socket } = await dial(port)
    send('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    await reached.promise
    socket.destroy()
    await aborted.promise
    expect(await (await fetch(`${url}/y`)).text()).toContain('next')
    expect(failures).toEqual([])
  })

  it('A1.26 is known by the other end of the socket, never by a header', async () => {
    const tells: Mountable = { handle: async (_, { ip }) => new Response(`from ${ip}`) }
    const { url, fetch } = await served(on, { parts: { tells } })
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', forwarded: 'for=192.0.2.1' }
    expect(await (await fetch(`${url}/x`, { headers })).text()).toBe('from 127.0.0.1')
  })
})

describe.each(onNode)('a request behind $name', (on) => {
  it('A19.14 of a path that could be read as another one goes to what comes next, as it came', async () => {
    const { port } = await served(on, { parts: { a: part('/') } })
    const answer = await exchange(port, 'GET /a/../b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    expect(answer).toContain('next: GET /a/../b')
  })

  it('that the fetch API forbids is a 400', async () => {
    const { port } = await served(on, { parts: { a: part('/') } })
    const answer = await exchange(port, 'TRACE /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    expect(statusOf(answer)).toBe(400)
  })

  it('A19.12 has its URL from the configured origin, whatever Host and forwarding headers say', async () => {
    const tells: Mountable = { handle: async ({ url }) => new Response(url) }
    const { port } = await served(on, { parts: { tells }, options: { origin: 'https://api.acme.dev' } })
    const forwarded = 'X-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: gopher\r\n'
    const bytes = `GET /x?y=1 HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n${forwarded}\r\n`
    expect(await exchange(port, bytes)).toContain('https://api.acme.dev/x?y=1')
  })
})

describe('what is mounted where nothing comes next', () => {
  it('leaves what nobody answers to a 404', async () => {
    const { url } = await serve(mount({ a: part('/a') }))
    const response = await fetch(`${url}/c`)
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await response.json()).toMatchObject({ code: 'not_found' })
  })
})

describe.each(hosts)('a route that requires scopes behind $name', (on) => {
  async function guarded(scopes: readonly string[], options: Options = {}, made: Partial<Made> = {}) {
    const { tokens, create } = await host(options)
    const guard = createGuard({
      resource: 'https://api.acme.dev',
      catalogue,
      accept: [apiTokens(tokens, { from: ['x-api-key', 'bearer'] })],
    })
    const served_ = await served(on, { parts: {}, guard, scopes, ...made })
    return { ...served_, at: `${served_.url}/guarded`, tokens, create }
  }

  it('lets pass what has them, with who sent it, and leaves the body to the host', async () => {
    const { at, fetch, create } = await guarded(['issues:read'])
    const { id, secret } = await create('bob', 'laptop', ['issues:write'])
    for (const headers of [{ authorization: `Bearer ${secret}` }, { 'x-api-key': secret }]) {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const response = await fetch(at, { method: 'POST', headers: { ...headers, ...form }, body: 'a=1' })
      expect(await response.json()).toEqual({ by: { kind: 'user', id: 'bob' }, token: id, body: 'a=1' })
    }
  })

  it('answers everything else as the guard does', async () => {
    const { at, fetch, create, failures } = await guarded(['issues:read', 'issues:write'])
    const { secret } = await create('bob', 'laptop', ['issues:read'])
    expect((await fetch(at)).status).toBe(401)
    expect((await fetch(at, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401)
    const headers = { authorization: `Bearer ${secret}` }
    const narrow = await fetch(at, { method: 'POST', headers, body: 'unread' })
    expect([narrow.status, await narrow.json()]).toEqual([
      403,
      expect.objectContaining({ error: 'insufficient_scope' }),
    ])
    expect(narrow.headers.get('www-authenticate')).toContain('scope="issues:read issues:write"')
    expect((await fetch(at, { method: 'HEAD', headers })).status).toBe(403)
    expect(failures).toEqual([])
  })

  it('tells the caller how the limits of the token stand, and takes of them what the route costs', async () => {
    const { at, fetch, tokens } = await guarded(['issues:read'], {}, { requirements: { cost: 2 } })
    const { secret } = await tokens.issue({
      by: { kind: 'system' },
      owner: user('bob'),
      name: 'limited',
      scopes: ['issues:read'],
      limits: [{ name: 'calls', limit: 3, every: '1m' }],
    })
    const headers = { authorization: `Bearer ${secret.reveal()}` }
    const passed = await fetch(at, { headers })
    expect([passed.status, passed.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('"calls";r=1')])
    const refused = await fetch(at, { headers })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  })

  it('asks for a recent sign-in where it says so, which an API token never has', async () => {
    const { at, fetch, create } = await guarded(['issues:read'], {}, { requirements: { maxAge: '10m' } })
    const { secret } = await create('bob', 'laptop')
    const refused = await fetch(at, { headers: { authorization: `Bearer ${secret}` } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
  })

  it('R67 is a 503 while the store fails, and nothing passes', async () => {
    let broken = false
    const { at, fetch, create, failures } = await guarded(['issues:read'], {
      around: (store) =>
        around(store, async (_, run) => {
          if (broken) throw new Error('no database')
          return run()
        }),
    })
    const { secret } = await create('bob', 'laptop')
    broken = true
    const response = await fetch(at, { headers: { authorization: `Bearer ${secret}` } })
    expect([response.status, response.headers.has('retry-after'), failures]).toEqual([503, true, []])
  })

  it('A20.18 is an error for the handler of the host where the host itself is wrong, and nothing passes', async () => {
    const misspelt = await guarded(['issues:raed'])
    const broken = await guarded([], {}, { guard: { check: () => Promise.reject(new Error('broken')) } })
    for (const { at, fetch, create, failures } of [misspelt, broken]) {
      const { secret } = await create('bob', 'laptop')
      expect((await fetch(at, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(500)
      expect(failures).toHaveLength(1)
    }
    expect(misspelt.failures).toMatchObject([{ code: 'unknown_scope' }])
  })

  it('what it requires is refused when it is made, where it is no scope and no option', async () => {
    const demands = [
      [undefined],
      [['issues:read']],
      [[]],
      [null],
      [{ maxAge: '1m' }, 'issues:read'],
      [{ maxage: '1m' }],
    ]
    for (const scopes of demands) {
      const made = { parts: {}, scopes } as object as Made
      await expect(async () => on.start(made), JSON.stringify(scopes)).rejects.toMatchObject({ code: 'invalid_option' })
    }
  })
})

describe.each(onSockets)('a route that requires scopes, on a socket behind $name', (on) => {
  async function guarded() {
    const { tokens, create } = await host()
    const guard = createGuard({
      resource: 'https://api.acme.dev',
      catalogue,
      accept: [apiTokens(tokens, { from: ['x-api-key', 'bearer'] })],
    })
    return { ...(await served(on, { parts: {}, guard, scopes: ['issues:read'] })), tokens, create }
  }

  it('A2.4 refuses two Authorization lines, also where both hold the same valid token', async () => {
    const { port, create } = await guarded()
    const { secret } = await create('bob', 'laptop')
    const line = `Authorization: Bearer ${secret}\r\n`
    const get = (headers: string) =>
      exchange(port, `GET /guarded HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n`)
    expect(statusOf(await get(line))).toBe(200)
    expect(statusOf(await get(line + line))).toBe(400)
    expect(statusOf(await get(`${line}X-API-Key: other\r\n`))).toBe(400)
  })

  it('A1.26 judges a token for some networks by where the request came from', async () => {
    const { url, tokens } = await guarded()
    const issue = async (name: string, networks: string[]) => {
      const owner = user('bob')
      const { secret } = await tokens.issue({ by: { kind: 'system' }, owner, name, scopes: ['issues:read'], networks })
      return { authorization: `Bearer ${secret.reveal()}`, 'x-forwarded-for': '192.0.2.1' }
    }
    expect((await fetch(`${url}/guarded`, { headers: await issue('here', ['127.0.0.0/8']) })).status).toBe(200)
    expect((await fetch(`${url}/guarded`, { headers: await issue('elsewhere', ['192.0.2.0/24']) })).status).toBe(401)
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
