import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { guardedFetch } from 'tokenloop/fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGuard, type GuardLimits, type Network } from '../../src/http/fetch/guard.js'
import { certificateFor, serveTls } from './tls.js'

const NAME = 'client.example'
const ADDRESS = '93.184.216.34'
const certificate = certificateFor(NAME, '*.many.example')

type Answer = (request: IncomingMessage, response: ServerResponse) => void
let answer: Answer = (_, response) => response.end('{}')
let server: Awaited<ReturnType<typeof serveTls>>

beforeAll(async () => {
  server = await serveTls(certificate, (request, response) => answer(request, response))
})
afterAll(() => server.close())

/** A guard whose network is this machine: names lead where the test says, and addresses that passed are reached at the server. */
function guard(
  addresses: readonly string[] | ((name: string) => Promise<readonly string[]>) = [ADDRESS],
  limits: Partial<GuardLimits> = {},
  network: Partial<Network> = {},
) {
  const resolved: string[] = []
  const routed: string[] = []
  const fetch = createGuard(
    { ports: new Set([443, server.port]), timeout: 5000, bytes: 1024, all: 32, host: 4, ...limits },
    {
      resolve: async (name) => {
        resolved.push(name)
        return typeof addresses === 'function' ? addresses(name) : addresses
      },
      route: (address) => {
        routed.push(address)
        return '127.0.0.1'
      },
      ca: certificate.ca,
      ...network,
    },
  )
  const get = (path = '/x', init: RequestInit = {}) => fetch(`https://${NAME}:${server.port}${path}`, init)
  const connections = server.seen.connections
  return { fetch, get, resolved, routed, connected: () => server.seen.connections - connections }
}

const BLOCKED = { code: 'fetch_blocked' }
const FAILED = { code: 'unavailable' }

describe('the guarded fetch', () => {
  it('gets a document from a public host, over a connection to the address that was checked', async () => {
    answer = (_, response) => response.setHeader('content-type', 'application/json').end('{"a":1}')
    const { get, resolved, routed } = guard()
    const response = await get('/a?b=c', { headers: { accept: 'application/json' } })
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      200,
      'application/json',
      { a: 1 },
    ])
    expect([resolved, routed]).toEqual([[NAME], [ADDRESS]])
    expect(server.seen.requests.at(-1)?.url).toBe('/a?b=c')
    expect(server.seen.requests.at(-1)?.headers.host).toBe(`${NAME}:${server.port}`)
  })

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ])('A18.1 nothing is fetched from %s, nor from a name that leads there', async (address) => {
    const { fetch, get, connected } = guard([address])
    await expect(fetch(`https://${address}/x`, {})).rejects.toMatchObject(BLOCKED)
    await expect(fetch(`https://${address}:${server.port}/x`, {})).rejects.toMatchObject(BLOCKED)
    await expect(get()).rejects.toMatchObject(BLOCKED)
    expect(connected()).toBe(0)
  })

  it.each([
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fe80::1',
    'fe80::1%25eth0',
    'ff02::1',
  ])('A18.2 nothing is fetched from %s, nor from a name that leads there', async (address) => {
    const { fetch, get, connected } = guard([address])
    await expect(fetch(`https://[${address}]/x`, {})).rejects.toMatchObject(BLOCKED)
    await expect(get()).rejects.toMatchObject(BLOCKED)
    expect(connected()).toBe(0)
  })

  it.each([
    '2130706433',
    '0177.0.0.1',
    '0x7f000001',
    '0x7f.1',
    '127.1',
    '127.0.1',
    '\uff11\uff12\uff17.0.0.1',
    '127.0.0.1.',
    'localhost',
    'localhost.',
    '[::ffff:7f00:1]',
    '%31%32%37.0.0.1',
    '127\u3002 0\u3002 0\u3002 1',
    'a.localhost',
    'printer.local',
    'db.internal',
    'intranet',
    `${NAME}.`,
    '8.8.8.8',
    '[2606:4700::1111]',
  ])('A18.3 a host that is %s is no name of the public internet', async (host) => {
    const { fetch, resolved, connected } = guard()
    await expect(fetch(`https://${host}/x`, {})).rejects.toMatchObject(BLOCKED)
    expect([resolved, connected()]).toEqual([[], 0])
  })

  it('A18.4 one address that is not public among several blocks the name', async () => {
    for (const addresses of [
      [ADDRESS, '10.0.0.1'],
      ['::1', '2606:4700::1111'],
    ]) {
      const { get, connected } = guard(addresses)
      await expect(get()).rejects.toMatchObject(BLOCKED)
      expect(connected()).toBe(0)
    }
  })

  it('A18.4 a name is resolved once: another answer a moment later changes nothing', async () => {
    answer = (_, response) => response.end('{}')
    let turn = 0
    const { get, routed } = guard(async () => (turn++ === 0 ? [ADDRESS] : ['127.0.0.1']))
    expect((await get()).status).toBe(200)
    expect([turn, routed]).toEqual([1, [ADDRESS]])
    await expect(get()).rejects.toMatchObject(BLOCKED)
  })

  it('A18.4 a name that is not found, has no address, or is not resolved in time is unavailable', async () => {
    const nothing = async () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    }
    await expect(guard(nothing).get()).rejects.toMatchObject(FAILED)
    await expect(guard([]).get()).rejects.toMatchObject(FAILED)
    await expect(guard(Array.from({ length: 33 }, () => ADDRESS)).get()).rejects.toMatchObject(FAILED)
    await expect(guard(() => new Promise(() => {}), { timeout: 50 }).get()).rejects.toMatchObject(FAILED)
  })

  it('A18.4 a connection that ends up elsewhere than at a checked address is dropped', async () => {
    const { get } = guard([ADDRESS], {}, { route: () => '0.0.0.0' })
    await expect(get()).rejects.toMatchObject(FAILED)
  })

  it('a host that has no certificate for its name is not believed', async () => {
    const { fetch } = guard()
    await expect(fetch(`https://other.example:${server.port}/x`, {})).rejects.toMatchObject(FAILED)
    const { ca: _, ...strangers } = { ca: undefined }
    const unsigned = createGuard(
      { ports: new Set([server.port]), timeout: 5000, bytes: 1024, all: 1, host: 1 },
      { resolve: async () => [ADDRESS], route: () => '127.0.0.1', ...strangers },
    )
    await expect(unsigned(`https://${NAME}:${server.port}/x`, {})).rejects.toMatchObject(FAILED)
  })

  it.each([
    `http://${NAME}/x`,
    'file:///etc/passwd',
    `ftp://${NAME}/x`,
    `gopher://${NAME}/x`,
    'data:application/json,{}',
    `https://user@${NAME}/x`,
    `https://user:x@${NAME}/x`,
    `https://@${NAME}/x`,
    `https://${NAME}/x#a`,
    `https://${NAME}/x#`,
    `https://${NAME}:22/x`,
    `https://${NAME}:25/x`,
    `https://${NAME}:6379/x`,
    `https://${NAME}:80/x`,
    `https:/${NAME}/x`,
    `https:\\\\${NAME}\\x`,
    '',
    'x',
    `HTTPS://${NAME}/x`,
    `https://${NAME}/\u0000`,
  ])('A18.6 %j is blocked', async (url) => {
    const { fetch, resolved } = guard()
    await expect(fetch(url, {})).rejects.toMatchObject(BLOCKED)
    expect(resolved).toEqual([])
  })

  it('A18.6 so is any method but GET, and a body', async () => {
    const { get } = guard()
    for (const init of [{ method: 'POST' }, { method: 'HEAD' }, { body: 'x' }])
      await expect(get('/x', init)).rejects.toMatchObject(BLOCKED)
  })

  const FLOODS: readonly [string, Answer][] = [
    ['that says that it is too large', (_, response) => response.setHeader('content-length', 10_000_000).end('x')],
    ['that is a byte too large', (_, response) => response.end('x'.repeat(1025))],
    [
      'in chunks that are too large together',
      (_, response) => {
        response.write('x'.repeat(600))
        response.end('x'.repeat(600))
      },
    ],
    [
      'that has no end',
      (_, response) => {
        const more = () => {
          if (response.write('x'.repeat(1024))) setImmediate(more)
        }
        more()
      },
    ],
    [
      'that is a gzip bomb',
      (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(10_000_000))),
    ],
    ['that is compressed by brotli', (_, response) => response.setHeader('content-encoding', 'br').end('x')],
    ['with a header of 64 KiB', (_, response) => response.setHeader('x-a', 'x'.repeat(64 * 1024)).end('{}')],
    [
      'with 500 headers',
      (_, response) => {
        for (let i = 0; i < 500; i++) response.setHeader(`x-${i}`, 'x')
        response.end('{}')
      },
    ],
    [
      'that breaks off',
      (_, response) => {
        response.setHeader('content-length', 100)
        response.write('x')
        setImmediate(() => response.destroy())
      },
    ],
    ['that never comes', () => {}],
    [
      'that comes a byte at a time',
      (_, response) => {
        const drip = () => {
          if (!response.destroyed) {
            response.write('x')
            setTimeout(drip, 20)
          }
        }
        drip()
      },
    ],
  ]
  it.each(FLOODS)('A18.7 an answer %s is unavailable, and its connection is gone', async (_, flood) => {
    answer = flood
    const { get } = guard([ADDRESS], { timeout: 300 })
    await expect(get()).rejects.toMatchObject(FAILED)
    await expect.poll(() => server.seen.open).toBe(0)
  })

  it('A18.7 what has exactly the size that is allowed is read', async () => {
    answer = (_, response) => response.end('x'.repeat(1024))
    expect((await (await guard().get()).text()).length).toBe(1024)
  })

  it.each([301, 302, 303, 307, 308])('a %i is an answer, and not followed', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: 'https://127.0.0.1/x' }).end()
    const { get, resolved } = guard()
    expect((await get()).status).toBe(status)
    expect(resolved).toEqual([NAME])
  })

  it.each([204, 304, 404, 500])('a %i is an answer', async (status) => {
    answer = (_, response) => response.writeHead(status).end()
    expect((await guard().get()).status).toBe(status)
  })

  it('A18.8 proxies that the environment names are not used', async () => {
    answer = (_, response) => response.end('{}')
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    const before = names.map((name) => [name, process.env[name]] as const)
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9'
    try {
      expect((await guard().get()).status).toBe(200)
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })

  it('A18.11 no cookies, no credentials and no tracing go out, and no cookies come in', async () => {
    answer = (_, response) => response.setHeader('set-cookie', 'a=b').end('{}')
    const { get } = guard()
    const headers = {
      accept: 'application/json',
      cookie: 'a=b',
      authorization: 'Bearer x',
      traceparent: '00-x',
      'x-forwarded-for': '1.1.1.1',
      dpop: 'x',
    }
    const response = await get('/headers', { headers, credentials: 'include' })
    expect(response.headers.get('set-cookie')).toBeNull()
    await get('/headers')
    const sent = server.seen.requests.slice(-2).map(({ rawHeaders }) =>
      rawHeaders
        .filter((_, i) => i % 2 === 0)
        .map((name) => name.toLowerCase())
        .sort(),
    )
    expect(sent).toEqual([0, 1].map(() => ['accept', 'accept-encoding', 'connection', 'host', 'user-agent']))
    expect(server.seen.requests.at(-1)?.headers.accept).toBe('*/*')
  })

  it('A18.12 500 fetches of one address at once are one', async () => {
    answer = (_, response) => response.end('{"a":1}')
    const { get, connected } = guard()
    const bodies = await Promise.all(Array.from({ length: 500 }, async () => (await get('/same')).text()))
    expect(new Set(bodies)).toEqual(new Set(['{"a":1}']))
    expect(connected()).toBe(1)
  })

  it('A18.12 of 500 addresses of one host a few are fetched at once, and the others refused; so for all hosts', async () => {
    const waiting: ServerResponse[] = []
    answer = (_, response) => waiting.push(response)
    const { get, fetch, connected } = guard([ADDRESS], { all: 8 })
    const all = Array.from({ length: 500 }, (_, i) =>
      get(`/${i}`).then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    )
    await expect.poll(() => waiting.length).toBe(4)
    const others = Array.from({ length: 20 }, (_, i) =>
      fetch(`https://h${i}.many.example:${server.port}/`, {}).then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    )
    await expect.poll(() => waiting.length).toBe(8)
    for (const response of waiting) response.end('{}')
    const outcomes = [await Promise.all(all), await Promise.all(others)]
    expect(outcomes.map((of) => of.filter((status) => status === 200).length)).toEqual([4, 4])
    expect(outcomes.flat().filter((code) => code === 'unavailable')).toHaveLength(512)
    expect(connected()).toBe(8)
    answer = (_, response) => response.end('{}')
    expect((await get()).status).toBe(200)
  })
})

describe('guardedFetch', () => {
  it('A18.3 resolves as this machine does, and blocks what leads to it', async () => {
    const fetch = guardedFetch()
    for (const host of ['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '169.254.169.254']) {
      await expect(fetch(`https://${host}/`, {})).rejects.toMatchObject(BLOCKED)
    }
    await expect(fetch(`https://${NAME}:8443/`, {})).rejects.toMatchObject(BLOCKED)
  })

  it.each([
    { ports: [0] },
    { ports: [65_536] },
    { ports: 443 },
    { timeout: 0 },
    { timeout: '30d' },
    { bytes: 0 },
    { concurrency: { all: 0 } },
    { concurrency: { hosts: 1 } },
    { allowLoopback: true },
  ])('refuses the options %j', (options) => {
    expect(() => guardedFetch(options as object)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
