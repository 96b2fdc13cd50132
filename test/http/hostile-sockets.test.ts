import { describe, expect, it } from 'vitest'
import { exchange, host, onNode, onSockets, statusOf } from './support.js'

const BODY = '{"name":"x","scopes":[]}'

describe.each(onSockets)('what comes in on a socket behind $name', (on) => {
  it('A19.2 two Content-Type lines are a 415, and a body without the header too', async () => {
    const { port } = await host({ on })
    const post = (headers: string) =>
      exchange(
        port,
        `POST /v1/api-tokens HTTP/1.1\r\nHost: x\r\nX-User: bob\r\nConnection: close\r\nContent-Length: ${BODY.length}\r\n${headers}\r\n${BODY}`,
      )
    expect(statusOf(await post('Content-Type: application/json\r\nContent-Type: application/json\r\n'))).toBe(415)
    expect(statusOf(await post(''))).toBe(415)
    expect(statusOf(await post('Content-Type: application/json\r\n'))).toBe(201)
  })

  it('A2.4 two Authorization lines are nobody, even if both hold the same token', async () => {
    const { port, create } = await host({ on })
    const { secret } = await create('bob', 'laptop')
    const line = `Authorization: Bearer ${secret}\r\n`
    const get = (headers: string) =>
      exchange(port, `GET /v1/api-tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
    expect(statusOf(await get(line))).toBe(200)
    expect(statusOf(await get(line + line))).toBe(401)
    expect(statusOf(await get(`${line}Authorization: Bearer other\r\n`))).toBe(401)
  })

  it('A2.14 a header of 64 KiB is turned away, and the next request is served', async () => {
    const { port } = await host({ on })
    const get = (headers: string) =>
      exchange(port, `GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
    expect(statusOf(await get(`Authorization: Bearer ${'x'.repeat(65_536)}\r\n`))).toBe(431)
    expect(statusOf(await get(''))).toBe(200)
  })

  it('A19.14 a path in another spelling leads nowhere', async () => {
    const { port, create } = await host({ on })
    const { id } = await create('bob', 'laptop')
    const paths = [
      '//v1/api-tokens',
      '/v1//api-tokens',
      '/v1/api-tokens/',
      '/V1/api-tokens',
      '/v1/API-TOKENS',
      '/v1/api-tokens%2f',
      '/v1/api-tokens/%2e',
      '/v1/%61pi-tokens',
      '/v1/api-tokens;x',
      '/v1/api-tokens/..;/api-tokens',
      '/v1/api-tokens/scopes/',
      `/v1/api-tokens/${id}/`,
      `/v1/api-tokens/${id}%20`,
      `/v1/api-tokens/${encodeURIComponent('cl_😀')}`,
      '/api-tokens',
      '/v1',
      '*',
      ...(onNode.includes(on) ? RESOLVED_BY_URL : []),
    ]
    for (const path of paths) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await exchange(
          port,
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-User: bob\r\nConnection: close\r\n\r\n`,
        )
        expect([400, 404], `${method} ${path}`).toContain(statusOf(answer))
      }
    }
    const right = await exchange(
      port,
      'GET /v1/api-tokens? HTTP/1.1\r\nHost: x\r\nX-User: bob\r\nConnection: close\r\n\r\n',
    )
    expect(statusOf(right)).toBe(200)
    expect(right).toContain(id)
  })
})

/** Elsewhere the runtime has made other paths of them before anybody sees them. */
const RESOLVED_BY_URL = [
  '/v1/x/../api-tokens',
  '/v1/./api-tokens',
  '/v1/x/%2e%2e/api-tokens',
  '/v1\\api-tokens',
  '/v1/api-tokens#x',
]
