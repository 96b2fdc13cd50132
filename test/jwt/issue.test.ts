import { issueJwt, staticKeys, verifyJwt } from 'tokenloop/jwt'
import { createClock } from 'tokenloop/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import type { PrincipalClaim, SigningKeys } from '../../src/jwt/types.js'
import { codeOf } from '../support/world.js'
import { CLAIMS, ISSUER, partOf, RESOURCE } from './key-world.js'

const clock = createClock()
let keys: SigningKeys

beforeAll(async () => {
  keys = await staticKeys({ sign: await generateKey(), clock })
})

const verify = (jwt: string, typ = 'at+jwt') => verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock, typ })
const TL: PrincipalClaim = { kind: 'user', tenant: 'ws_1', grant: 'g_1', authorization: 'a_1', epochs: [1, 2, 3, 4] }

// It comes first, since the lifetime that was read last is kept.
it('a first token without a lifetime is refused like any other', async () => {
  expect(await codeOf(issueJwt(keys, CLAIMS, {} as never))).toBe('invalid_option')
})

describe('an access token', () => {
  it('has what RFC 9068 demands', async () => {
    const jwt = await issueJwt(keys, CLAIMS, { expiresIn: '10m' })
    expect(partOf(jwt, 0)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: (await keys.active()).kid })
    const now = clock.now() / 1000
    expect(partOf(jwt, 1)).toEqual({ ...CLAIMS, iat: now, exp: now + 600, jti: expect.stringMatching(/^\w{22}$/) })
    expect(await verify(jwt)).toMatchObject({ ok: true, claims: CLAIMS })
  })

  it('has an id of its own', async () => {
    const jwts = await Promise.all(Array.from({ length: 50 }, () => issueJwt(keys, CLAIMS, { expiresIn: '10m' })))
    expect(new Set(jwts.map((jwt) => partOf(jwt, 1).jti)).size).toBe(50)
  })

  it('names its principal, its key and its sign-in', async () => {
    const claims = { ...CLAIMS, tl: TL, cnf: { jkt: 'A'.repeat(43) }, auth_time: 1, acr: 'mfa', aud: [RESOURCE, 'b'] }
    const jwt = await issueJwt(keys, claims, { expiresIn: '10m' })
    expect(partOf(jwt, 1)).toMatchObject(claims)
  })

  it('lives from the moment that the caller names, to the second', async () => {
    const at = clock.now() - 1
    const jwt = await issueJwt(keys, CLAIMS, { expiresIn: '1500ms', at })
    expect(partOf(jwt, 1)).toMatchObject({ iat: Math.floor(at / 1000), exp: Math.floor((at + 1500) / 1000) })
    for (const wrong of [Number.NaN, -1, 1.5, Infinity, '1' as never]) {
      expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', at: wrong }))).toBe('invalid_option')
    }
  })

  it.each([0, 999, '0s'] as const)('does not live for %s', async (expiresIn) => {
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn }))).toBe('lifetime_not_allowed')
  })

  it.each([-1, Number.NaN, 'soon', undefined, null])('does not live for what is no duration: %s', async (expiresIn) => {
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: expiresIn as never }))).toBe('invalid_option')
  })
})

describe('a plain JWT', () => {
  it('has the type that the caller names, and what the host adds', async () => {
    const { iss, aud } = CLAIMS
    const jwt = await issueJwt(
      keys,
      { iss, aud, event: 'signed_up' },
      { expiresIn: '5m', typ: 'JWT', custom: { plan: 'pro' } },
    )
    expect(partOf(jwt, 0)).toMatchObject({ typ: 'JWT' })
    expect(partOf(jwt, 1)).toMatchObject({ iss, aud, plan: 'pro', event: 'signed_up' })
    expect(await verify(jwt, 'JWT')).toMatchObject({ ok: true })
    expect(await verify(jwt)).toMatchObject({ ok: false })
  })

  it.each(['', ' ', 'a b', '"', 'é', 'x'.repeat(65), 7, null])('has no type %o', async (typ) => {
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '5m', typ: typ as never }))).toBe('invalid_option')
  })

  it('for which the host makes up types takes no memory', async () => {
    for (let i = 0; i < 100; i++) {
      const jwt = await issueJwt(keys, CLAIMS, { expiresIn: '5m', typ: `made-up-${i}` })
      expect(partOf(jwt, 0).typ).toBe(`made-up-${i}`)
    }
  })
})

const RESERVED = 'iss sub aud exp iat nbf jti scope client_id cnf tl act may_act auth_time acr amr azp nonce sid'.split(
  ' ',
)

describe('a claim of the host', () => {
  it.each(RESERVED)('A4.18 cannot be called %s', async (name) => {
    for (const value of ['x', undefined, { jkt: 'A'.repeat(43) }]) {
      const issued = issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: { [name]: value } })
      expect(await codeOf(issued)).toMatch(value === undefined ? /^(?:reserved|invalid)_claim$/ : /^reserved_claim$/)
    }
  })

  it.each(['exp', 'iat', 'nbf', 'jti'])('A4.18 %s is set by nobody, the issuer included', async (name) => {
    expect(await codeOf(issueJwt(keys, { ...CLAIMS, [name]: 1 }, { expiresIn: '10m' }))).toBe('reserved_claim')
  })

  it('A4.18 cannot be called __proto__, nor come from a prototype', async () => {
    const own = JSON.parse('{"__proto__":{"iss":"https://evil.test"}}')
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: own }))).toBe('invalid_claim')
    const inherited = Object.create({ iss: 'https://evil.test' })
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: inherited }))).toBe('invalid_claim')
  })

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', -Infinity],
    ['a BigInt', 1n],
    ['a date', new Date(0)],
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a map', new Map([['a', 1]])],
    ['half a surrogate pair', '\ud800'],
    ['NUL', 'a\0'],
    ['something deeper than five levels', [[[[[[1]]]]]]],
    ['an object with toJSON', { toJSON: () => 'x' }],
    ['an instance of a class', new (class Role {})()],
  ])('A14.33 cannot be %s, at whatever depth', async (_, value) => {
    for (const custom of [{ a: value }, { a: [value] }, { a: { b: value } }]) {
      expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', custom }))).toBe('invalid_claim')
      expect(await codeOf(issueJwt(keys, { ...CLAIMS, ...custom }, { expiresIn: '10m' }))).toBe('invalid_claim')
    }
  })

  it('A14.33 cannot go in a circle', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: circle }))).toBe('invalid_claim')
  })

  it.each([null, 'x', 7, [], new Date(0)])('A14.33 comes in an object, not in %s', async (custom) => {
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: custom as never }))).toBe('invalid_claim')
    expect(await codeOf(issueJwt(keys, custom as never, { expiresIn: '10m' }))).toBe('invalid_claim')
  })

  it('A14.33 makes no token that is too long to be verified', async () => {
    const issueWith = (length: number) =>
      issueJwt(keys, CLAIMS, { expiresIn: '10m', custom: { a: 'x'.repeat(length) } })
    expect(await codeOf(issueWith(102_400))).toBe('invalid_claim')
    let longest = 0
    for (let step = 4096; step >= 1; step /= 2) {
      if ((await codeOf(issueWith(longest + step))) === 'nothing') longest += step
    }
    const jwt = await issueWith(longest)
    expect(jwt.length).toBeGreaterThan(8188)
    expect(jwt.length).toBeLessThanOrEqual(8192)
    expect(await verify(jwt)).toMatchObject({ ok: true })
  })
})

describe('a claim of the issuer', () => {
  const wrong: Record<string, readonly unknown[]> = {
    iss: ['', 1, undefined],
    sub: ['', 1, undefined],
    aud: ['', [], [1], [''], undefined],
    client_id: ['', 1, undefined],
    scope: [1, [], '', ' a', 'a ', 'a  b', 'a\nb', 'a"', 'a\\', 'é'],
    auth_time: [1.5, -1, '1'],
    acr: [1],
    cnf: [{}, { jkt: 'short' }, { jkt: 'A'.repeat(43), x: 1 }, 'A'],
    tl: [{}, { ...TL, kind: 'token' }, { ...TL, epochs: [1, 2, 3] }, { ...TL, grant: '' }],
  }

  it.each(Object.entries(wrong).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'A14.33 %s cannot be %o',
    async (name, value) => {
      const claims = { ...CLAIMS, [name]: value }
      expect(await codeOf(issueJwt(keys, claims as never, { expiresIn: '10m' }))).toBe('invalid_claim')
    },
  )

  it('A14.33 that is missing makes no token', async () => {
    for (const name of ['iss', 'sub', 'aud', 'client_id'] as const) {
      const { [name]: _, ...claims } = CLAIMS
      expect(await codeOf(issueJwt(keys, claims as never, { expiresIn: '10m' }))).toBe('invalid_claim')
    }
  })
})
