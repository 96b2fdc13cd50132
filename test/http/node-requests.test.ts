import type { RequestListener } from 'node:http'
import { type Handler, type NodeRequest, toNodeListener } from 'tokenloop/node'
import { describe, expect, it } from 'vitest'
import { codeOf, dial, exchange, serve, statusOf } from './support.js'

/** Answers what it saw of a request, as JSON. */
const echo: Handler = async (request, from) =>
  Response.json({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ip: from.ip,
    body: await request.text(),
  })

/** Sends one request by hand, and answers what the handler saw. */
async function seen(listener: RequestListener, bytes: string) {
  const { port } = await serve(listener)
  const answer = Buffer.from(await exchange(port, bytes), 'latin1').toString()
  return JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? answer) as Record<string, string> & {
    headers: Record<string, string>
  }
}

const get = (headers = '', target = '/x') => `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n`

describe('a request as a handler sees it', () => {
  it('has its method, its path with the query as it came, its body and where it came from', async () => {
    const bytes = 'PUT /a/%7Eb%2Fc?x=%31&y=+ HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'
    expect(await seen(toNodeListener(echo, { origin: 'https://api.acme.dev' }), bytes)).toMatchObject({
      method: 'PUT',
      url: 'https://api.acme.dev/a/%7Eb%2Fc?x=%31&y=+',
      body: 'hello',
      ip: '127.0.0.1',
    })
  })

  it('A2.4 keeps every line of a header, so that two Authorization lines show', async () => {
    const { headers } = await seen(
      toNodeListener(echo),
      get('Authorization: Bearer a\r\nX-A: 1\r\nauthorization: Bearer b\r\nx-a: 2\r\nDPoP: p\r\nDPoP: q\r\n'),
    )
    expect(headers).toMatchObject({ authorization: 'Bearer a, Bearer b', 'x-a': '1, 2', dpop: 'p, q' })
  })

  it('joins cookies as cookies, in their order', async () => {
    const { headers } = await seen(toNodeListener(echo), get('Cookie: a=1; b=2\r\nCookie: c=3\r\n'))
    expect(headers.cookie).toBe('a=1; b=2; c=3')
  })

  it('A19.12 has its URL from the configured origin, whatever Host, forwarding headers or the target say', async () => {
    const listener = () => toNodeListener(echo, { origin: 'https://api.acme.dev:8443' })
    const forwarded = 'X-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: gopher\r\nForwarded: host=evil.test\r\n'
    const hosts = ['Host: evil.test', 'Host: user@evil.test:1', 'Host: ', 'Host: api.acme.dev/../x']
    for (const host of hosts) {
      const { url } = await seen(listener(), `GET /x HTTP/1.1\r\n${host}\r\nConnection: close\r\n${forwarded}\r\n`)
      expect(url, host).toBe('https://api.acme.dev:8443/x')
    }
    for (const target of ['http://evil.test/x', 'HTTPS://user:pass@evil.test:99/x']) {
      expect((await seen(listener(), get('', target))).url, target).toBe('https://api.acme.dev:8443/x')
    }
    expect((await seen(listener(), get('', '//evil.test/x'))).url).toBe('https://api.acme.dev:8443//evil.test/x')
  })

  it('A19.14 is none where the path could be read as another one', async () => {
    const { port } = await serve(toNodeListener(echo))
    const targets = [
      '/a/../b',
      '/./b',
      '/a/%2e%2e/b',
      '/a/.%2E/b',
      '/a\\b',
      '/a#b',
      '/\xe9',
      '/{x}',
      '*',
      'x',
      'http://h',
      '/a/..',
    ]
    for (const target of targets)
      expect(statusOf(await exchange(port, get('', target))), target).toBeGreaterThanOrEqual(400)
    for (const target of ['/', '/a//b', '/a%2f..%2fb', '/...', '/a?b/../c', '/a;b=1/c:d@e']) {
      expect(statusOf(await exchange(port, get('', target))), target).toBe(200)
    }
  })

  it('A1.26 comes from the other end of the socket, unless the host says otherwise; never from a header', async () => {
    const headers = 'X-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n'
    expect((await seen(toNodeListener(echo), get(headers))).ip).toBe('127.0.0.1')
    const listener = toNodeListener(echo)
    const knowing: RequestListener = (req, res) => listener(Object.assign(req, { ip: '198.51.100.7' }), res)
    expect((await seen(knowing, get(headers))).ip).toBe('198.51.100.7')
  })

  it('has its whole path where a framework cuts off the part it mounted it under', async () => {
    const listener = toNodeListener(echo)
    const framework: RequestListener = (req, res) => {
      const mounted: NodeRequest = Object.assign(req, { originalUrl: req.url as string, url: '/rest' })
      listener(mounted, res)
    }
    expect((await seen(framework, get('', '/api/rest?x=1'))).url).toBe('http://localhost/api/rest?x=1')
  })

  it('A2.6 has header values byte for byte, beyond ASCII too', async () => {
    const { headers } = await seen(toNodeListener(echo), get('Authorization: Bearer\ta\xe9\xa0b\r\n'))
    expect(headers.authorization).toBe('Bearer\ta\xe9\xa0b')
  })

  it('a method that the fetch API forbids is a 400', async () => {
    const { port } = await serve(toNodeListener(echo))
    const answer = await exchange(port, 'TRACE /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    expect([statusOf(answer), codeOf(answer)]).toEqual([400, 'invalid_request'])
  })
})

describe('a connection', () => {
  it('pipelined requests are answered in their order', async () => {
    const handler: Handler = async (request) => {
      const { pathname } = new URL(request.url)
      for (let turn = Number(pathname.slice(1)); turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      return new Response(`<${pathname}>`)
    }
    const { port } = await serve(toNodeListener(handler))
    const all = [0, 1, 2, 3].map((i) => `GET /${i} HTTP/1.1\r\nHost: h\r\n\r\n`).join('')
    const answer = await exchange(port, all + get('', '/4'))
    expect([...answer.matchAll(/<\/(\d)>/g)].map(([, i]) => i)).toEqual(['0', '1', '2', '3', '4'])
  })

  it('is used again after a body that nobody read', async () => {
    const { port } = await serve(toNodeListener(async () => new Response('unread')))
    const { send, seen, ended } = await dial(port)
    send(`POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(150_000)}`)
    await seen('unread')
    send('x'.repeat(150_000))
    send(get('', '/b'))
    expect((await ended).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  it('is used again after a body that was refused halfway', async () => {
    const { port } = await serve(toNodeListener(echo, { bodyLimit: 10 }))
    const { send, seen, ended } = await dial(port)
    send(`POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`)
    send(`10\r\n${'x'.repeat(16)}\r\n`)
    await seen('content_too_large')
    send(`20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n`)
    send(get('', '/b'))
    const answer = await ended
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  })

  it('a client that asks first is told to go on, and one that expects anything else is not', async () => {
    const { port } = await serve(toNodeListener(echo))
    const { send, seen, ended } = await dial(port)
    send('POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    await seen('100 Continue')
    send('hello')
    expect(await ended).toContain('"body":"hello"')
    expect(statusOf(await exchange(port, get('Expect: more\r\n')))).toBe(417)
  })

  it('A19.18 two lengths, or a length with chunks, never reach a handler', async () => {
    let called = 0
    const { port } = await serve(
      toNodeListener(async () => {
        called++
        return new Response()
      }),
    )
    const headers = [
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length: -1\r\n',
      'Content-Length: 5x\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
      'X: a\r\n b\r\n',
      'X : a\r\n',
    ]
    for (const lines of headers) {
      expect(statusOf(await exchange(port, `POST /x HTTP/1.1\r\nHost: h\r\n${lines}\r\nhello`)), lines).toBe(400)
    }
    expect(called).toBe(0)
  })
})
