import { createHash, randomBytes } from 'node:crypto'
import { type NodeOptions, toNodeListener } from 'tokenloop/node'
import { describe, expect, it } from 'vitest'
import { codeOf, dial, exchange, type Host, later, onNode, serve, served, statusOf } from './support.js'

type Work = (request: Request) => Promise<Response>

/** A handler that answers everything behind a host. */
const behind = (on: Host, handle: Work, options: NodeOptions = {}) =>
  served(on, { parts: { work: { handle } }, options })

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const hash: Work = async (request) => new Response(digest(new Uint8Array(await request.arrayBuffer())))
const length: Work = async (request) => new Response(`length ${(await request.text()).length}`)

const post = (headers: string, body = '') =>
  `POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n\r\n${body}`

describe.each(onNode)('the body of a request behind $name', (on) => {
  it('arrives byte for byte, however large', async () => {
    const { url } = await behind(on, hash)
    for (const size of [1, 1000, 100_000, 1024 * 1024]) {
      const body = new Uint8Array(randomBytes(size))
      expect(await (await fetch(url, { method: 'POST', body })).text(), String(size)).toBe(digest(body))
    }
  })

  it('is empty where there is none', async () => {
    const { port } = await behind(on, length)
    for (const headers of ['X: y', 'Content-Length: 0', 'Transfer-Encoding: chunked']) {
      const body = headers.startsWith('T') ? '0\r\n\r\n' : ''
      expect(await exchange(port, post(headers, body)), headers).toContain('length 0')
    }
  })

  it('is read when the handler reads it: one that answers first waits for nothing', async () => {
    const { port } = await behind(on, async () => new Response('early'))
    const { send, seen } = await dial(port)
    send(post('Content-Length: 1000', 'only the beginning'))
    expect(statusOf(await seen('early'))).toBe(200)
  })

  it('beyond the limit is a 413, before a byte of it is read where it says its length', async () => {
    const { port } = await behind(on, length, { bodyLimit: 10 })
    expect(await exchange(port, post('Content-Length: 10', 'x'.repeat(10)))).toContain('length 10')
    expect(codeOf(await exchange(port, post('Content-Length: 11', 'x'.repeat(11))))).toBe('content_too_large')

    const { send, seen } = await dial(port)
    send(post('Content-Length: 99999999999'))
    expect(statusOf(await seen('content_too_large'))).toBe(413)
  })

  it('beyond the limit is a 413 in chunks too, as soon as they are too many', async () => {
    const { port } = await behind(on, length, { bodyLimit: 10 })
    const chunks = '5\r\nhello\r\n'
    expect(await exchange(port, post('Transfer-Encoding: chunked', `${chunks}${chunks}0\r\n\r\n`))).toContain(
      'length 10',
    )
    const { send, seen } = await dial(port)
    send(post('Transfer-Encoding: chunked', chunks + chunks))
    send('1\r\nx\r\n')
    expect(statusOf(await seen('content_too_large'))).toBe(413)
  })

  it('is a 413 whatever the handler makes of the error', async () => {
    const swallow: Work = async (request) => {
      const text = await request.text().catch(() => 'swallowed')
      return new Response(text)
    }
    const { port } = await behind(on, swallow, { bodyLimit: 3 })
    const answer = await exchange(port, post('Content-Length: 4', 'four'))
    expect([statusOf(answer), codeOf(answer)]).toEqual([413, 'content_too_large'])
    expect(answer).not.toContain('swallowed')
  })

  it('a limit of nothing takes nothing', async () => {
    const { port } = await behind(on, length, { bodyLimit: 0 })
    expect(statusOf(await exchange(port, post('Content-Length: 1', 'x')))).toBe(413)
    expect(await exchange(port, post('Content-Length: 0'))).toContain('length 0')
  })

  it('A19.6 in an encoding is a 415, unread', async () => {
    const { port } = await behind(on, length)
    for (const encoding of ['gzip', 'deflate', 'br', 'identity, gzip', 'x-unknown']) {
      const answer = await exchange(port, post(`Content-Encoding: ${encoding}\r\nContent-Length: 5`, 'hello'))
      expect([statusOf(answer), codeOf(answer)], encoding).toEqual([415, 'unsupported_media_type'])
    }
    expect(await exchange(port, post('Content-Encoding: Identity\r\nContent-Length: 5', 'hello'))).toContain('length 5')
  })

  it('that is longer than it said is cut there, and what follows is another request', async () => {
    const { port } = await behind(on, length)
    const { send, seen, ended } = await dial(port)
    send('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nhel')
    await seen('length 3')
    send('lo, no request')
    expect((await ended).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  it('that does not come in time is a 408, and the connection ends', async () => {
    const { port } = await behind(on, length, { timeout: '20ms' })
    const { send, ended } = await dial(port)
    send('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nonly the beginning')
    const answer = await ended
    expect([statusOf(answer), codeOf(answer)]).toEqual([408, 'request_timeout'])
    expect(answer.toLowerCase()).toContain('connection: close')
  })

  it('that breaks off is an error for whoever reads it, and nothing more', async () => {
    const failed = later<unknown>()
    const errors: unknown[] = []
    const handler: Work = async (request) => {
      await request.text().catch(failed.resolve)
      throw new Error('as handlers do')
    }
    const { port, url } = await behind(on, handler, { onError: (error) => errors.push(error) })
    const { send, socket } = await dial(port)
    send('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nonly the beginning')
    socket.end()
    setImmediate(() => socket.destroy())
    expect(await failed.promise).toBeInstanceOf(Error)
    expect(errors).toEqual([])
    expect((await fetch(url)).status).toBe(500)
  })
})

describe('the body of a request', () => {
  it('that nobody waits for and that never comes does not hold the connection for ever', async () => {
    const { port, server } = await serve(toNodeListener(async () => new Response('early'), { timeout: '20ms' }))
    server.keepAliveTimeout = 0
    const { send, ended } = await dial(port)
    send('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nonly the beginning')
    expect(await ended).toContain('early')
  })
})
