import { type Event, memoryStore } from 'tokenloop'
import { createGuard, dpop, type OpaqueOptions, opaque } from 'tokenloop/resource'
import { createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { bearer, catalogue, get, refusal } from './support.js'

const ISSUER = 'https://auth.acme.dev'
const resource = 'https://api.acme.dev'

/** A guard that asks an authorization server which answers as it is told. */
function world(options: Partial<OpaqueOptions> = {}) {
  const clock = createClock()
  const asked: { url: string; init: RequestInit }[] = []
  const events: Event[] = []
  const token = {
    active: true,
    sub: 'u_1',
    client_id: 'c_1',
    aud: resource,
    exp: clock.now() / 1000 + 3600,
    scope: 'issues:write',
    tl: { kind: 'user', grant: 'g_1', epochs: [0, 0, 0, 0] },
  }
  const server = { answer: (): unknown => token }
  const acceptor = opaque({
    issuer: ISSUER,
    introspection: 'http://auth.test/introspect',
    headers: () => ({ authorization: 'Basic cnM6c2VjcmV0' }),
    clock,
    onEvent: (event) => events.push(event),
    fetch: async (url, init) => {
      asked.push({ url, init })
      const answer = await server.answer()
      return answer instanceof Response ? answer : new Response(JSON.stringify(answer))
    },
    ...options,
  })
  const guard = createGuard({ resource, catalogue, accept: [acceptor] })
  return { clock, asked, events, token, server, guard }
}

describe('a token that the authorization server is asked about', () => {
  it('lets pass whom it says, and asks as itself, with the token in the body alone', async () => {
    const { guard, asked } = world()
    expect(await guard.check(bearer('opaque+1'), 'issues:read')).toMatchObject({
      ok: true,
      freshness: 'immediate',
      principal: { kind: 'grant', subject: 'u_1', client: 'c_1', scopes: ['issues:read', 'issues:write'] },
    })
    expect(asked).toMatchObject([
      {
        url: 'http://auth.test/introspect',
        init: {
          method: 'POST',
          redirect: 'manual',
          headers: { authorization: 'Basic cnM6c2VjcmV0' },
          body: 'token=opaque%2B1&token_type_hint=access_token',
        },
      },
    ])
    expect(guard.metadata().authorization_servers).toEqual([ISSUER])
  })

  it('A17.16 is refused at the very next request, or within the bound of what is remembered', async () => {
    for (const maxStaleness of [0, 5000]) {
      const { guard, server, clock, asked } = world({ maxStaleness })
      const freshness = maxStaleness === 0 ? 'immediate' : { maxStaleness }
      expect(await guard.check(bearer('t'))).toMatchObject({ ok: true, freshness })
      server.answer = () => ({ active: false })
      clock.advance(maxStaleness)
      expect(await refusal(guard.check(bearer('t')))).toMatchObject({ status: 401, reason: 'revoked' })
      expect(asked.length).toBe(2)
    }
  })

  it('is asked about once by all at the same time, and not again within the bound; never past its expiry', async () => {
    const { guard, asked, token, server, clock } = world({ maxStaleness: '5m' })
    server.answer = () => ({ ...token, exp: clock.now() / 1000 + 10 })
    await Promise.all(Array.from({ length: 100 }, () => guard.check(bearer('t'))))
    expect(await guard.check(bearer('t'))).toMatchObject({ ok: true })
    expect(asked.length).toBe(1)
    server.answer = () => token
    clock.advance('10s')
    expect(await guard.check(bearer('t'))).toMatchObject({ ok: true })
    expect(asked.length).toBe(2)
  })

  it('A17.16 that was asked about before it was revoked does not answer for who comes after, nor is it remembered longer', async () => {
    for (const maxStaleness of [0, 5000]) {
      const { guard, server, clock, token, asked } = world({ maxStaleness })
      const answers: (() => void)[] = []
      server.answer = () => new Promise((resolve) => answers.push(() => resolve(token)))
      const before = guard.check(bearer('t'))
      await expect.poll(() => answers.length).toBe(1)
      clock.advance(maxStaleness)
      const other = guard.check(bearer('t'))
      await expect.poll(() => answers.length).toBe(2)
      clock.advance(1)
      const joined = maxStaleness === 0 ? undefined : guard.check(bearer('t'))
      server.answer = () => ({ active: false })
      const after = maxStaleness === 0 ? guard.check(bearer('t')) : undefined
      for (const answer of answers) answer()
      expect(await Promise.all([before, other, joined ?? other])).toMatchObject([
        { ok: true },
        { ok: true },
        { ok: true },
      ])
      clock.advance(Math.max(0, maxStaleness - 1))
      expect(await refusal(after ?? guard.check(bearer('t')))).toMatchObject({ reason: 'revoked' })
      expect(asked.length).toBe(3)
    }
  })

  const REFUSED: Readonly<Record<string, [Record<string, unknown>, string]>> = {
    'A4.13 is for another resource': [{ aud: 'https://other.test' }, 'wrong_audience'],
    'A4.14 is for almost this resource': [{ aud: `${resource}/` }, 'wrong_audience'],
    'is for nobody in particular': [{ aud: undefined }, 'invalid_claims'],
    'is of another issuer': [{ iss: 'https://evil.test' }, 'wrong_issuer'],
    'has expired': [{ exp: 1 }, 'expired'],
    'has no expiry': [{ exp: undefined }, 'invalid_claims'],
    'has an expiry that is no number': [{ exp: '9999999999' }, 'invalid_claims'],
    'has not begun': [{ nbf: 4e9 }, 'not_yet'],
    'A4.22 is bound to a key': [{ cnf: { jkt: 'a'.repeat(43) } }, 'unsupported'],
    'does not say whom it is for': [{ tl: undefined }, 'invalid_claims'],
    'says of a client that it is a user': [
      { tl: { kind: 'client', grant: 'g_1', epochs: [0, 0, 0, 0] } },
      'invalid_claims',
    ],
  }
  it.each(Object.entries(REFUSED))('%s, and is refused', async (_, [changes, reason]) => {
    const { guard, server, token } = world()
    server.answer = () => ({ ...token, ...changes })
    expect(await refusal(guard.check(bearer('t')))).toMatchObject({ status: 401, reason })
  })

  const JKT = 'a'.repeat(43)
  it.each([
    ['without a thumbprint', { cnf: {} }],
    ['by a certificate', { cnf: { 'x5t#S256': JKT } }],
    ['by a certificate as well', { cnf: { jkt: JKT, 'x5t#S256': JKT } }],
    ['by what is no thumbprint', { cnf: { jkt: 'a' } }],
    ['by a number', { cnf: { jkt: 7 } }],
    ['by a text', { cnf: JKT }],
    ['by a list', { cnf: [{ jkt: JKT }] }],
    ['by nothing', { cnf: null }],
    ['by a key that is not named', { token_type: 'DPoP' }],
  ])('A4.22 is bound %s, and is refused, with DPoP and without', async (_, changes) => {
    for (const options of [{}, { dpop: dpop({ seen: memoryStore() }) }]) {
      const { guard, server, token } = world(options)
      server.answer = () => ({ ...token, ...changes })
      for (const scheme of ['Bearer', ...(options.dpop ? ['DPoP'] : [])]) {
        const answer = await refusal(guard.check(get(['authorization', `${scheme} t`])))
        expect(answer).toMatchObject({ status: 401, reason: 'invalid_claims' })
      }
    }
  })

  const FAULTS: Readonly<Record<string, () => unknown>> = {
    fails: () => Promise.reject(new Error('down')),
    'is 500': () => new Response('', { status: 500 }),
    'does not know who asks': () => new Response('{"active":true}', { status: 401 }),
    redirects: () => new Response('', { status: 307, headers: { location: 'http://evil.test' } }),
    'says nothing': () => new Response(''),
    'says neither yes nor no': () => ({ active: 'true' }),
    'says both': () => new Response('{"active":false,"active":true}'),
    'says too much': () => new Response(' '.repeat(65 * 1024)),
    'never answers': () => new Promise(() => {}),
  }
  it.each(Object.entries(FAULTS))('is 503 where the authorization server %s', async (_, answer) => {
    const { guard, server, events } = world({ timeout: 50 })
    server.answer = answer
    expect(await refusal(guard.check(bearer('t')))).toMatchObject({ status: 503, reason: 'unavailable' })
    expect(events).toEqual([{ type: 'token.not_introspected', at: null, about: 'http://auth.test/introspect' }])
  })
})

describe('opaque', () => {
  it('refuses options that ask nobody', () => {
    const base = { issuer: ISSUER, introspection: 'https://auth.acme.dev/introspect', headers: () => ({}) }
    const wrong = [
      { ...base, issuer: '' },
      { ...base, introspection: 'http://auth.acme.dev/introspect' },
      { ...base, introspection: 'https://u:p@auth.acme.dev/introspect' },
      { ...base, headers: {} },
      { ...base, fetch: 7 },
      { ...base, kindOf: 'user' },
      { ...base, clock: {} },
      { ...base, maxStaleness: '6m' },
      { ...base, timeout: 0 },
      { ...base, most: 0 },
      { ...base, dpop: { seen: memoryStore() } },
      { ...base, cache: true },
    ]
    for (const options of wrong) {
      expect(() => opaque(options as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
  })
})
