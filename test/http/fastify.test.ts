import fastify5, { type FastifyInstance } from 'fastify'
import fastify4 from 'fastify4'
import { type Mountable, mount, requireScopes } from 'tokenloop/fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dial, guarding, later } from './support.js'

/** Answers below `/api`, with what it saw. */
const echo: Mountable = {
  async handle(request, { ip }) {
    const { pathname, search } = new URL(request.url)
    if (!pathname.startsWith('/api')) return undefined
    return Response.json({ path: pathname + search, ip, body: await request.text() })
  },
}

describe.each([
  ['4', fastify4],
  ['5', fastify5],
])('an app of Fastify %s', (_, fastify) => {
  const app = (trustProxy = false) => {
    const app = fastify({ forceCloseConnections: true, trustProxy })
    onTestFinished(async () => void (await app.close()))
    return app
  }
  const listen = async (app: FastifyInstance) => {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    return { url, port: Number(new URL(url).port) }
  }

  it('A1.26 knows its callers by the rule of the app for its proxies, on routes and in what is mounted', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1, 198.51.100.7' }
    for (const [trustProxy, ip] of [
      [false, '127.0.0.1'],
      [true, '192.0.2.1'],
    ] as const) {
      const { guard, issue } = guarding()
      const trusting = app(trustProxy)
      await trusting.register(mount({ echo }))
      trusting.get('/guarded', { onRequest: requireScopes(guard, 'issues:read') }, async () => 'passed')
      expect((await trusting.inject({ url: '/api', headers })).json()).toMatchObject({ ip })
      const status = async (network: string) => {
        const sent = { ...headers, ...(await issue({ networks: [network] })) }
        return (await trusting.inject({ url: '/guarded', headers: sent })).statusCode
      }
      expect([await status(ip), await status('203.0.113.1')]).toEqual([200, 401])
    }
  })

  it('answers before it parses a body, whatever parsers it has, and runs the hooks and keeps the headers of the app', async () => {
    const hooked = app()
    const seen: string[] = []
    hooked.addHook('onRequest', async (_request, reply) => void reply.header('x-from', 'the app'))
    await hooked.register(mount({ echo }))
    hooked.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-sent', 'yes')
      return payload
    })
    hooked.addHook('onResponse', async ({ url }, reply) => void seen.push(`${url} ${reply.statusCode}`))
    hooked.post('/own', async ({ body }) => body)
    const { url } = await listen(hooked)
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a": 1, "a": 2}' }
    const answer = await fetch(`${url}/api?x=1`, post)
    expect([answer.headers.get('x-from'), answer.headers.get('x-sent')]).toEqual(['the app', 'yes'])
    expect(await answer.json()).toMatchObject({ path: '/api?x=1', body: post.body })
    expect(await (await fetch(`${url}/own`, post)).json()).toEqual({ a: 2 })
    expect(seen).toContain('/api?x=1 200')
  })

  it('answers what is injected as what comes over a socket', async () => {
    const injected = app()
    await injected.register(mount({ echo }))
    const answer = await injected.inject({ method: 'POST', url: '/api', payload: 'hello' })
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { body: 'hello' }])
    expect((await injected.inject('/elsewhere')).statusCode).toBe(404)
  })

  it('is answered for as a whole, from wherever the plugin is registered first, and may mount more than once', async () => {
    const twice = app()
    const other: Mountable = {
      handle: async ({ url }) => (url.endsWith('/other') ? new Response('other') : undefined),
    }
    await twice.register(mount({ echo }), { prefix: '/ignored' })
    await twice.register(mount({ other }))
    await twice.register(async (scope) => void scope.get('/x', async () => 'own'), { prefix: '/v1' })
    const texts = await Promise.all(['/api', '/other', '/v1/x'].map(async (url) => (await twice.inject(url)).body))
    expect(texts).toEqual([expect.stringContaining('"path":"/api"'), 'other', 'own'])
  })

  it('has `request.principal` on every request, `null` where nobody was let pass', async () => {
    const { guard, issue } = guarding()
    const known = app()
    await known.register(mount({}))
    known.get('/open', async ({ principal }) => ({ principal }))
    known.get('/guarded', { preHandler: requireScopes(guard, 'issues:read') }, async ({ principal }) => principal)
    expect(known.hasRequestDecorator('principal')).toBe(true)
    expect((await known.inject('/open')).json()).toEqual({ principal: null })
    const answer = await known.inject({ url: '/guarded', headers: await issue() })
    expect(answer.json()).toMatchObject({ kind: 'token', owner: { kind: 'user', id: 'bob' } })
  })

  it('A20.18 runs no route for a caller without a credential who hangs up before the refusal is out', async () => {
    const { guard } = guarding()
    const [held, reached, left] = [later<void>(), later<void>(), later<void>()]
    const slow = app()
    let ran = 0
    slow.addHook('onSend', async (request, _reply, payload) => {
      if (request.url !== '/guarded') return payload
      request.raw.socket.once('close', () => left.resolve())
      reached.resolve()
      await held.promise
      return payload
    })
    slow.post('/guarded', { onRequest: requireScopes(guard, 'issues:write') }, async () => {
      ran++
      return 'passed'
    })
    slow.get('/fine', async () => 'fine')
    const { url, port } = await listen(slow)
    const { send, socket } = await dial(port)
    send('POST /guarded HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n')
    await reached.promise
    socket.destroy()
    await left.promise
    expect(await (await fetch(`${url}/fine`)).text()).toBe('fine')
    held.resolve()
    expect(await (await fetch(`${url}/fine`)).text()).toBe('fine')
    expect(ran).toBe(0)
  })

  it('A20.23 says nothing of what a part failed with, in its own answer to errors either', async () => {
    const silent = app()
    const broken: Mountable = { handle: () => Promise.reject(new Error('postgres://admin:hunter2@db')) }
    await silent.register(mount({ broken }))
    const answer = await silent.inject('/x')
    expect([answer.statusCode, answer.body]).toEqual([500, expect.not.stringContaining('hunter2')])
  })

  it('A19.17 a header that Node would not write is a 500, and nothing of it goes out', async () => {
    const errors: unknown[] = []
    const careful = app()
    const bad: Mountable = {
      handle: async () => new Response('x', { headers: { 'a-before': '1', 'x-bad': 'a\u0001b' } }),
    }
    await careful.register(mount({ bad }, { onError: (error) => errors.push(error) }))
    const answer = await careful.inject('/x')
    expect([answer.statusCode, answer.json().code, answer.headers['a-before']]).toEqual([
      500,
      'internal_error',
      undefined,
    ])
    expect(errors).toHaveLength(1)
  })

  it('ends the connection where an answer breaks off', async () => {
    const breaking: Mountable = {
      async handle() {
        const parts = async function* () {
          yield new TextEncoder().encode('beginning')
          await new Promise((resolve) => setImmediate(resolve))
          throw new Error('hunter2')
        }
        return new Response(ReadableStream.from(parts()))
      },
    }
    const broken = app()
    await broken.register(mount({ breaking }))
    const { port } = await listen(broken)
    const { send, ended } = await dial(port)
    send('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    const answer = await ended
    expect(answer).toContain('beginning')
    expect(answer).not.toMatch(/hunter2|0\r\n\r\n$/)
  })
})
