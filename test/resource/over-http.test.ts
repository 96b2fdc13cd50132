import { connect } from 'node:net'
import { system } from 'tokenloop'
import { toNodeListener } from 'tokenloop/node'
import { describe, expect, it } from 'vitest'
import { type Host, onSockets, serve, served } from '../http/support.js'
import { api } from './support.js'

/** Sends bytes as they are, and answers all that came back until the server closed. */
function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', reject)
  })
}

/** An API on a socket, in front of which stands a guard. It answers what it was sent. */
async function listening(host: ReturnType<typeof api>) {
  const listener = toNodeListener(async (request, { ip }) => {
    const access = await host.guard.check(request, 'issues:read', { ip })
    if (!access.ok) return access.response
    return new Response(`${access.principal.tokenId} ${await request.text()}`, { headers: access.headers })
  })
  return ask((await serve(listener)).port, '/v1/issues')
}

/** The same on a route of a host. */
const onRouteOf = (on: Host) => async (host: ReturnType<typeof api>) => {
  const { port } = await served(on, { parts: {}, guard: host.guard, scopes: ['issues:read'] })
  return ask(port, '/guarded')
}

function ask(port: number, path: string) {
  const head = (method: string, target: string, lines: readonly string[]) =>
    [`${method} ${target} HTTP/1.1`, 'Host: api.acme.dev', 'Connection: close', ...lines, '', ''].join('\r\n')
  const undated = async (bytes: string) => (await send(port, bytes)).replace(/^date: .*\r\n/im, '')
  return {
    get: (lines: readonly string[], query = '') => undated(head('GET', path + query, lines)),
    post: (lines: readonly string[], body: string) =>
      undated(head('POST', path, [...lines, `Content-Length: ${body.length}`]) + body),
  }
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
const challengeOf = (answer: string) => /^www-authenticate: (.*)\r$/im.exec(answer)?.[1]
const BARE = 'Bearer realm="https://api.acme.dev"'
const INVALID_REQUEST = `${BARE}, error="invalid_request", error_description="One well-formed credential is required"`

describe.each([
  ['a handler', listening] as const,
  ...onSockets.map((on) => [`a route of ${on.name}`, onRouteOf(on)] as const),
])('on a socket, a guard in %s', (_, start) => {
  it.each(['Authorization: Bearer', 'authorization: bearer', 'AUTHORIZATION: BEARER', 'X-API-Key:'])(
    'A2.2 takes a token after "%s"',
    async (before) => {
      const host = api()
      const { get } = await start(host)
      expect(statusOf(await get([`${before} ${(await host.issue()).text}`]))).toBe(200)
    },
  )

  it.each([[], ['Authorization:'], ['Authorization:    '], ['X-API-Key:'], ['X-API-Key:  \t '], ['Cookie: a=b']])(
    'A2.1 answers 401 without an error code to the lines %j',
    async (...lines) => {
      const { get } = await start(api())
      const answer = await get(lines)
      expect([statusOf(answer), challengeOf(answer)]).toEqual([401, BARE])
    },
  )

  it('A2.9 ignores a token in the query', async () => {
    const host = api()
    const { get } = await start(host)
    const { text } = await host.issue()
    const answer = await get([], `?access_token=${text}`)
    expect([statusOf(answer), challengeOf(answer)]).toEqual([401, BARE])
  })

  it('A2.11 ignores a token under another scheme', async () => {
    const host = api()
    const { get } = await start(host)
    const { text } = await host.issue()
    for (const scheme of ['Basic', 'Token', 'ApiKey', 'DPoP']) {
      const answer = await get([`Authorization: ${scheme} ${text}`])
      expect([statusOf(answer), challengeOf(answer)]).toEqual([401, BARE])
    }
  })

  it.each(['Bearer', 'Bearer ', 'Bearer  ', 'Bearer\t'])('A2.3 answers 400 to %j alone', async (value) => {
    const { get } = await start(api())
    const answer = await get([`Authorization: ${value}`])
    expect([statusOf(answer), challengeOf(answer)]).toEqual([400, INVALID_REQUEST])
  })

  it('A2.4 answers 400 to two lines, the same or not, in any case and order, and to two credentials', async () => {
    const host = api()
    const { get } = await start(host)
    const [{ text }, other] = [await host.issue(), await host.issue()]
    for (const second of [text, other.text, 'x']) {
      for (const lines of [
        [`Authorization: Bearer ${text}`, `Authorization: Bearer ${second}`],
        [`Authorization: Bearer ${text}`, 'X-Between: 1', `authorization: bearer ${second}`],
        [`Authorization: Basic ${second}`, `AUTHORIZATION: Bearer ${text}`],
        [`Authorization: Bearer ${text}`, `Authorization: Basic ${second}`],
        [`Authorization: Bearer ${text}, Bearer ${second}`],
        [`X-API-Key: ${text}`, `x-api-key: ${second}`],
      ]) {
        const answer = await get(lines)
        expect([statusOf(answer), challengeOf(answer)]).toEqual([400, INVALID_REQUEST])
      }
    }
    expect(statusOf(await get([`X-API-Key: ${text}`, `Authorization: Bearer ${other.text}`]))).toBe(400)
    expect(statusOf(await get([`X-API-Key: ${text}`, `Authorization: Bearer ${text}`]))).toBe(200)
  })

  it.each(['Bearer\tK', 'Bearer\xa0K', 'Bearer \tK', 'Bearer K\xe9', 'Bearer \xe9K', 'Bearer K K', 'Bearer K\tK'])(
    'A2.6 answers 400 to %j',
    async (form) => {
      const host = api()
      const { get } = await start(host)
      const answer = await get([`Authorization: ${form.replace('K', (await host.issue()).text)}`])
      expect([statusOf(answer), challengeOf(answer)]).toEqual([400, INVALID_REQUEST])
    },
  )

  it.each(['"', '\\', '<', '"\\, error="x', '%0d%0aX-Evil:1'])('A2.7 never repeats %j', async (sent) => {
    const { get } = await start(api())
    const answer = await get([`Authorization: Bearer cl_${sent.replaceAll(' ', '').replaceAll(',', ';')}`])
    expect(statusOf(answer)).toBe(401)
    expect(answer).not.toContain('cl_')
    expect(answer).not.toMatch(/evil/i)
  })

  it('A2.14 is spared a header of 64 KiB', async () => {
    const { get } = await start(api())
    expect([400, 431]).toContain(statusOf(await get([`Authorization: Bearer ${'x'.repeat(64 * 1024)}`])))
    expect([400, 431]).toContain(statusOf(await get([`X-API-Key: ${'x'.repeat(12 * 1024)}`])))
  })

  it('A3.7 answers every unusable token with the same bytes', async () => {
    const host = api()
    const { get } = await start(host)
    const revoked = await host.issue()
    await host.tokens.revoke(revoked.id, { by: system })
    const paused = await host.issue()
    await host.tokens.pause(paused.id, { by: system })
    const short = await host.issue({ expiresIn: '1s' })
    const elsewhere = await host.issue({ networks: ['192.0.2.1'] })
    const later = await host.issue({ notBefore: host.clock.now() + 60_000 })
    host.clock.advance(1000)
    const texts = [
      revoked.text,
      paused.text,
      short.text,
      elsewhere.text,
      later.text,
      'x',
      `${revoked.text.slice(0, -1)}_`,
    ]
    const answers = new Set<string>()
    for (const text of texts) {
      answers.add(await get([`Authorization: Bearer ${text}`]))
      answers.add(await get([`X-API-Key: ${text}`]))
    }
    const [answer, ...others] = answers
    expect(others).toEqual([])
    expect(statusOf(answer ?? '')).toBe(401)
    expect(answer).toMatch(/\r\n\r\n.*\{"error":"invalid_token","error_description":"The credential is not valid"\}/s)
  })

  it('A4.19 answers 403 with the scopes that are needed, and 429 with when to try again', async () => {
    const host = api()
    const { get } = await start(host)
    const lacking = await get([`X-API-Key: ${(await host.issue({ scopes: ['reports:read'] })).text}`])
    expect(statusOf(lacking)).toBe(403)
    expect(challengeOf(lacking)).toContain('error="insufficient_scope"')
    expect(challengeOf(lacking)).toContain('scope="issues:read"')

    const { text } = await host.issue({ limits: [{ name: 'calls', limit: 1, every: '1m' }] })
    const passed = await get([`X-API-Key: ${text}`])
    expect(statusOf(passed)).toBe(200)
    expect(passed).toMatch(/^ratelimit: "calls";r=0;t=60\r$/im)
    const limited = await get([`X-API-Key: ${text}`])
    expect(statusOf(limited)).toBe(429)
    expect(limited).toMatch(/^retry-after: 60\r$/im)
    expect(limited).toMatch(/^ratelimit-policy: "calls";q=1;w=60\r$/im)
    expect(limited).not.toMatch(/^www-authenticate/im)
  })
})

describe('on a socket, a form', () => {
  const FORM = 'Content-Type: application/x-www-form-urlencoded'

  it('A2.8 with a token is refused beside one in a header', async () => {
    const host = api()
    const { post } = await listening(host)
    const { text } = await host.issue()
    for (const line of [`X-API-Key: ${text}`, `Authorization: Bearer ${text}`]) {
      const answer = await post([FORM, line], 'title=a&access_token=x')
      expect([statusOf(answer), challengeOf(answer)]).toEqual([400, INVALID_REQUEST])
    }
  })

  it('without one is there for the host to read', async () => {
    const host = api()
    const { post } = await listening(host)
    const { text, id } = await host.issue()
    const body = `title=${'a'.repeat(100_000)}`
    const answer = await post([FORM, `X-API-Key: ${text}`], body)
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain(`${id} `)
    expect(answer).toContain(body.slice(0, 1000))
  })
})
