import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Handler, toNodeListener } from 'tokenloop/node'
import { describe, expect, it } from 'vitest'
import { codeOf, dial, exchange, later, serve, statusOf } from './support.js'

const GET = 'GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'

/** A server of one handler, and what its host was told. */
async function over(handler: Handler, options: { timeout?: `${number}ms` } = {}) {
  const errors: unknown[] = []
  return { errors, ...(await serve(toNodeListener(handler, { ...options, onError: (error) => errors.push(error) }))) }
}

describe('the answer of a handler', () => {
  it('goes out with its status, its headers and each of its cookies', async () => {
    const { port } = await over(async () => {
      const headers = new Headers({ 'x-a': '1', 'content-type': 'text/plain' })
      headers.append('set-cookie', 'a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT')
      headers.append('set-cookie', 'b=2')
      return new Response('hello', { status: 202, headers })
    })
    const answer = await exchange(port, GET)
    expect(statusOf(answer)).toBe(202)
    expect(answer.match(/^set-cookie: .*$/gim)).toEqual([
      'set-cookie: a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT',
      'set-cookie: b=2',
    ])
    expect(answer).toMatch(/x-a: 1/i)
    expect(answer).toContain('hello')
  })

  it('keeps what middleware before it has set', async () => {
    const listener = toNodeListener(async () => new Response('x', { headers: { 'x-b': 'handler' } }))
    const { port } = await serve((req, res) => {
      res.setHeader('x-a', 'middleware').setHeader('x-b', 'middleware')
      listener(req, res)
    })
    const answer = await exchange(port, GET)
    expect(answer).toMatch(/x-a: middleware/i)
    expect(answer.match(/x-b: .*/gi)).toEqual(['x-b: handler'])
  })

  it('A19.18 to HEAD, and of a status without one, has no body', async () => {
    let cancelled = 0
    const body = () => new ReadableStream({ cancel: () => void cancelled++ }, { highWaterMark: 0 })
    const { port } = await over(async (request) =>
      request.method === 'HEAD'
        ? new Response(body(), { headers: { 'content-length': '5' } })
        : new Response(null, { status: 204 }),
    )
    const head = await exchange(port, GET.replace('GET', 'HEAD'))
    expect(head).toMatch(/^HTTP\/1\.1 200.*content-length: 5.*\r\n\r\n$/is)
    expect(cancelled).toBe(1)
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 204.*\r\n\r\n$/s)
  })

  it('streams: its beginning arrives before its end is made', async () => {
    const end = later<void>()
    const { port } = await over(async () => {
      const parts = async function* () {
        yield new TextEncoder().encode('beginning')
        await end.promise
        yield new TextEncoder().encode('the end')
      }
      return new Response(ReadableStream.from(parts()))
    })
    const { send, seen, ended } = await dial(port)
    send(GET)
    expect(await seen('beginning')).not.toContain('the end')
    end.resolve()
    expect(await ended).toContain('the end')
  })

  it('that breaks off ends the connection, and the host is told', async () => {
    const fault = new Error('the database left')
    const { port, errors } = await over(async () => {
      const parts = async function* () {
        yield new TextEncoder().encode('beginning')
        throw fault
      }
      return new Response(ReadableStream.from(parts()))
    })
    const answer = await exchange(port, GET)
    expect(answer).toContain('beginning')
    expect(answer).not.toMatch(/database|0\r\n\r\n/)
    expect(errors).toEqual([fault])
  })

  it('A20.18 that is none is a 500 that says nothing, and the host is told', async () => {
    const failures: (() => unknown)[] = [
      () => {
        throw new Error('at /srv/secret.js:1')
      },
      () => Promise.reject(new Error('at /srv/secret.js:1')),
      () => Promise.reject(null),
      () => 'secret.js',
      () => null,
      () => ({ status: 200 }),
      () => Response.error(),
    ]
    for (const failure of failures) {
      const { port, errors } = await over(failure as Handler)
      const answer = await exchange(port, GET)
      expect([statusOf(answer), codeOf(answer)], String(failure)).toEqual([500, 'internal_error'])
      expect(answer).not.toContain('secret.js')
      expect(errors).toHaveLength(1)
    }
  })

  it('A19.17 with a header that Node would not write is a 500, and nothing of it goes out', async () => {
    for (const value of ['a\u0001b', 'a\u007fb', '\u001b[31m']) {
      const { port, errors, url } = await over(async (request) =>
        new URL(request.url).pathname === '/x'
          ? new Response('x', { headers: { 'a-before': '1', 'x-bad': value } })
          : new Response('fine'),
      )
      const answer = await exchange(port, GET)
      expect([statusOf(answer), codeOf(answer)]).toEqual([500, 'internal_error'])
      expect(answer).not.toMatch(/a-before|x-bad/i)
      expect(errors).toHaveLength(1)
      expect(await (await fetch(url)).text()).toBe('fine')
    }
  })

  it('that does not come in time is a 503 to try again after; what comes later is dropped', async () => {
    const late = later<Response>()
    const cancelled = later<void>()
    let signal: AbortSignal | undefined
    const { port, errors } = await over(
      (request) => {
        signal = request.signal
        return late.promise
      },
      { timeout: '10ms' },
    )
    const answer = await exchange(port, GET)
    expect([statusOf(answer), codeOf(answer)]).toEqual([503, 'unavailable'])
    expect(answer).toMatch(/retry-after: 1/i)
    expect(signal?.aborted).toBe(true)
    late.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() })))
    await cancelled.promise
    expect(errors).toEqual([new Error('a handler took too long')])
  })

  it('that fails after its time brings nothing down', async () => {
    const late = later<Response>()
    const { port, url } = await over(
      async (request) => (request.url.endsWith('/x') ? late.promise : new Response('fine')),
      { timeout: '10ms' },
    )
    expect(statusOf(await exchange(port, GET))).toBe(503)
    late.reject(new Error('too late'))
    expect(await (await fetch(url)).text()).toBe('fine')
  })
})

describe('a client that leaves', () => {
  it('aborts the signal of its request, and the host is not told of an error', async () => {
    const aborted = later<void>()
    const reached = later<void>()
    const { port, errors, url } = await over((request) => {
      if (!request.url.endsWith('/x')) return new Response('fine')
      reached.resolve()
      return new Promise((_, reject) =>
        request.signal.addEventListener('abort', () => {
          aborted.resolve()
          reject(new Error('aborted'))
        }),
      )
    })
    const { send, socket } = await dial(port)
    send(GET)
    await reached.promise
    socket.destroy()
    await aborted.promise
    expect(await (await fetch(url)).text()).toBe('fine')
    expect(errors).toEqual([])
  })

  it('ends the making of an answer that it no longer reads', async () => {
    const cancelled = later<void>()
    const { port, errors, url } = await over((request) => {
      if (!request.url.endsWith('/x')) return new Response('fine')
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
          cancel: () => cancelled.resolve(),
        }),
      )
    })
    const { send, seen, socket } = await dial(port)
    send(GET)
    await seen('200 OK')
    socket.destroy()
    await cancelled.promise
    expect(await (await fetch(url)).text()).toBe('fine')
    expect(errors).toEqual([])
  })

  it('gets nothing of an answer that comes afterwards, which is let go of', async () => {
    const left = later<void>()
    const cancelled = later<void>()
    const reached = later<void>()
    const { port, errors } = await over(async (request) => {
      reached.resolve()
      request.signal.addEventListener('abort', () => left.resolve())
      await left.promise
      return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }))
    })
    const { send, socket } = await dial(port)
    send(GET)
    await reached.promise
    socket.destroy()
    await cancelled.promise
    expect(errors).toEqual([])
  })
})

describe('a server', () => {
  it('does not hear of an abort where the answer was read to its end', async () => {
    let signal: AbortSignal | undefined
    const { port } = await over(async (request) => {
      signal = request.signal
      return new Response('hello')
    })
    await exchange(port, GET)
    expect(signal?.aborted).toBe(false)
  })

  it('R56 closes once its last request is answered', async () => {
    const answer = later<Response>()
    const reached = later<void>()
    const server = createServer(
      toNodeListener(() => {
        reached.resolve()
        return answer.promise
      }),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`)
    await reached.promise
    const closed = once(server, 'close')
    server.close()
    answer.resolve(new Response('the last', { headers: { connection: 'close' } }))
    expect(await (await response).text()).toBe('the last')
    await closed
  })

  it('R57 has no timer of a request that keeps a process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const reached = later<number>()
    const before = timers()
    const { port } = await over(async (request) => {
      await new Promise((resolve) => setImmediate(resolve))
      reached.resolve(timers())
      return new Response(await request.text())
    })
    await exchange(port, GET)
    expect((await reached.promise) - before).toBeLessThanOrEqual(0)
  })

  it('options that cannot work are refused when the listener is made', () => {
    const make = (options: object) => () => toNodeListener(async () => undefined, options)
    for (const origin of [
      '',
      'api.acme.dev',
      'https://api.acme.dev/',
      'https://api.acme.dev/v1',
      'HTTPS://A.dev',
      'ftp://a',
    ]) {
      expect(make({ origin }), origin).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    for (const options of [
      { bodyLimit: -1 },
      { bodyLimit: 1.5 },
      { bodyLimit: '1mb' },
      { timeout: 'soon' },
      { timeout: -1 },
      { timeout: 0 },
      { timeout: '25d' },
    ]) {
      expect(make(options), JSON.stringify(options)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
  })
})
