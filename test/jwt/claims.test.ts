import { describe, expect, it } from 'vitest'
import type { VerifyJwtOptions } from '../../src/jwt/check.js'
import { createJwtVerifier, verifyJwt } from '../../src/jwt/verify.js'
import { codeOf } from '../core/support.js'
import { claims, header, ISSUER, keysOf, makeKey, NOW, RESOURCE } from './support.js'

const key = await makeKey()

type Payload = string | Record<string, unknown>

async function verify(payload: Payload, changes: Partial<VerifyJwtOptions> = {}, now = NOW * 1000) {
  const keys = keysOf(key)
  const options = { issuer: ISSUER, audience: RESOURCE, keys, clock: { now: () => now }, ...changes }
  const { typ = 'at+jwt' } = changes
  const outcome = await verifyJwt(key.token(header(key, { typ }), payload), options)
  if (!outcome.ok) expect(keys.asked, 'no key is looked for').toEqual([])
  return outcome.ok ? 'ok' : outcome.reason
}

/** The claims as text, with one member written as it is given. */
const written = (name: string, value: string) => {
  const { [name]: _, ...others } = claims() as Record<string, unknown>
  return `${JSON.stringify(others).slice(0, -1)},"${name}":${value}}`
}

it('the claims of an access token come back as they were signed, frozen and without a prototype', async () => {
  const tl = { kind: 'user', grant: 'g_1', tenant: 'ws_1', authorization: 'a_1', epochs: [0, 1, 2, 3] }
  const all = claims({ nbf: NOW, auth_time: NOW - 5, acr: 'mfa', tl, custom: { a: [1] } })
  const keys = keysOf(key)
  const clock = { now: () => NOW * 1000 }
  const outcome = await verifyJwt(key.token(header(key), all), { issuer: ISSUER, audience: RESOURCE, keys, clock })
  if (!outcome.ok) throw new Error(outcome.reason)
  expect(JSON.parse(JSON.stringify(outcome.claims))).toEqual(all)
  expect(Object.getPrototypeOf(outcome.claims)).toBeNull()
  expect(Object.isFrozen(outcome.claims) && Object.isFrozen(outcome.claims.custom)).toBe(true)
})

describe('times', () => {
  it.each([
    'null',
    'true',
    '"9999999999"',
    '1e400',
    '-1e400',
    '-1',
    '-0',
    '2000000600.5',
    '9007199254740993',
    '1e300',
    '[2000000600]',
    '{}',
    '""',
  ])('A14.11 an expiry is a whole number of seconds, not %s', async (value) => {
    expect(['invalid_claims', 'malformed']).toContain(await verify(written('exp', value)))
    expect(['invalid_claims', 'malformed']).toContain(await verify(written('exp', value), { typ: 'JWT' }))
  })

  it('A14.11 there is an expiry, whatever the type', async () => {
    expect(await verify(claims({ exp: undefined }))).toBe('invalid_claims')
    expect(await verify(claims({ exp: undefined }), { typ: 'JWT' })).toBe('invalid_claims')
    expect(await verify({ iss: ISSUER, aud: RESOURCE, exp: NOW + 1 }, { typ: 'JWT' })).toBe('ok')
    expect(await verify(written('exp', '20000006e2'))).toBe('ok')
  })

  it.each([
    [0, 599_999, 'ok'],
    [0, 600_000, 'expired'],
    [0, 601_000, 'expired'],
    [60_000, 659_999, 'ok'],
    [60_000, 660_000, 'expired'],
    [300_000, 899_999, 'ok'],
    [300_000, 900_000, 'expired'],
  ] as const)(
    'A14.12 with a skew of %i ms, %i ms after the issue, a token of 10 minutes is %s',
    async (skew, after, is) => {
      expect(await verify(claims(), { clockSkew: skew }, NOW * 1000 + after)).toBe(is)
    },
  )

  it('A14.12 R12 the skew is a minute unless the host says otherwise, to both sides', async () => {
    const at = (milliseconds: number) => verify(claims({ nbf: NOW }), {}, NOW * 1000 + milliseconds)
    expect(await Promise.all([-60_001, -60_000, 0, 659_999, 660_000].map(at))).toEqual([
      'not_yet',
      'ok',
      'ok',
      'ok',
      'expired',
    ])
  })

  it('R12 nodes whose clocks are 90 s apart from the issuer refuse what is beyond the skew, those within agree', async () => {
    const life = claims({ exp: NOW + 300 })
    const seenBy = (off: number, after: number) => verify(life, {}, NOW * 1000 + off + after)
    expect(await seenBy(-90_000, 0)).toBe('not_yet')
    expect(await seenBy(-90_000, 30_000)).toBe('ok')
    expect(await seenBy(90_000, 0)).toBe('ok')
    expect(await seenBy(90_000, 300_000)).toBe('expired')
    for (const off of [-60_000, 60_000]) expect(await seenBy(off, 150_000)).toBe('ok')
  })

  it.each([Number.NaN, -1, '1d', 300_001, Number.POSITIVE_INFINITY, '60', 0.5, null])(
    'A14.12 a skew of %s is none that a verifier can be made with',
    async (clockSkew) => {
      const options = { issuer: ISSUER, audience: RESOURCE, keys: keysOf(key), clockSkew } as VerifyJwtOptions
      if (clockSkew === null) return // Absent.
      expect(codeOf(() => createJwtVerifier(options))).toBe('invalid_option')
      await expect(verifyJwt('', options)).rejects.toMatchObject({ code: 'invalid_option' })
    },
  )

  it('A14.13 not before and issued at may lie in the future by the skew alone', async () => {
    const life = { exp: NOW + 6000 }
    expect(await verify(claims({ ...life, nbf: NOW + 60 }))).toBe('ok')
    expect(await verify(claims({ ...life, nbf: NOW + 61 }))).toBe('not_yet')
    expect(await verify(claims({ ...life, iat: NOW + 60 }))).toBe('ok')
    expect(await verify(claims({ ...life, iat: NOW + 61 }))).toBe('not_yet')
    expect(await verify(claims({ ...life, iat: NOW + 10 }), { clockSkew: '10s' })).toBe('ok')
    expect(await verify(claims({ ...life, iat: NOW + 11 }), { clockSkew: '10s' })).toBe('not_yet')
  })

  it('A14.13 a token is not older than the verifier allows', async () => {
    const old = claims({ iat: NOW - 315_360_000 })
    expect(await verify(old)).toBe('ok')
    expect(await verify(old, { maxAge: '1d' })).toBe('too_old')
    const at = (iat: number) => verify(claims({ iat }), { maxAge: '60s', clockSkew: 0 })
    expect(await Promise.all([at(NOW - 59), at(NOW - 60), at(NOW - 61)])).toEqual(['ok', 'too_old', 'too_old'])
    expect(await verify({ iss: ISSUER, aud: RESOURCE, exp: NOW + 1 }, { typ: 'JWT', maxAge: '1d' })).toBe(
      'invalid_claims',
    )
  })

  it('A14.13 a token does not expire before it was issued', async () => {
    expect(await verify(claims({ iat: NOW + 30, exp: NOW + 20 }))).toBe('invalid_claims')
    expect(await verify(claims({ iat: NOW, exp: NOW }))).toBe('invalid_claims')
  })

  it.each(['"1"', 'null', '1.5', '-1', '1e400', 'true', '[]'])(
    'A14.13 nbf, iat and auth_time are no %s',
    async (value) => {
      for (const name of ['nbf', 'iat', 'auth_time']) {
        expect(['invalid_claims', 'malformed']).toContain(await verify(written(name, value)))
      }
    },
  )
})

describe('the issuer', () => {
  it.each([
    `${ISSUER}/`,
    'https://AS.test',
    'HTTPS://as.test',
    'https://as.test/tenant',
    'https://as.test:443',
    'https://as.test.evil.test',
    'http://as.test',
    ' https://as.test',
    'as.test',
  ])('A14.14 is the one that is relied on, not %s', async (iss) => {
    expect(await verify(claims({ iss }))).toBe('wrong_issuer')
  })

  it.each([undefined, null, '', 1, [ISSUER], { [ISSUER]: 1 }])('A14.14 is a text, not %j', async (iss) => {
    expect(await verify(claims({ iss }))).toBe('invalid_claims')
  })
})

describe('the audience', () => {
  it('is one of the names of the verifier, alone or among others', async () => {
    for (const aud of [RESOURCE, [RESOURCE], ['https://other.test', RESOURCE]]) {
      expect(await verify(claims({ aud }))).toBe('ok')
    }
    const audience = ['https://rs.test/v2', RESOURCE]
    expect(await verify(claims(), { audience })).toBe('ok')
    expect(await verify(claims({ aud: 'https://rs.test/v3' }), { audience })).toBe('wrong_audience')
  })

  it.each([['https://other.test/mcp'], [['https://other.test/mcp', 'https://as.test']]])(
    'A4.13 is not another resource: %j',
    async (aud) => expect(await verify(claims({ aud }))).toBe('wrong_audience'),
  )

  it.each([
    `${RESOURCE}/`,
    'https://RS.test/mcp',
    'https://rs.test',
    'https://rs.test/',
    'https://rs.test/MCP',
    'https://rs.test/mcp/x',
    'https://rs.test:443/mcp',
    'https://rs.test/%6dcp',
    `${RESOURCE} https://other.test`,
    `${RESOURCE}\0`,
  ])('A4.14 is exactly what the verifier is called, not %s', async (aud) => {
    expect(await verify(claims({ aud }))).toBe('wrong_audience')
    expect(await verify(claims({ aud: [aud] }))).toBe('wrong_audience')
    expect(await verify(claims(), { audience: aud })).toBe('wrong_audience')
  })

  it.each([undefined, null, '', 1, [], [RESOURCE, 1], [null], [[RESOURCE]], ['', RESOURCE], { 0: RESOURCE }])(
    'A4.14 is a text or a list of texts, not %j',
    async (aud) => expect(await verify(claims({ aud }))).toBe('invalid_claims'),
  )
})

describe('an access token', () => {
  it.each(['sub', 'client_id', 'jti', 'iat', 'iss', 'aud'])('A14.16 has a %s', async (name) => {
    expect(await verify(claims({ [name]: undefined }))).toBe('invalid_claims')
  })

  it.each(['sub', 'client_id', 'jti'])('A14.16 has a text for a %s', async (name) => {
    for (const value of [null, 1, true, '', ['u_42'], {}]) {
      expect(await verify(claims({ [name]: value }))).toBe('invalid_claims')
    }
  })

  it.each([
    ['scope', ['read']],
    ['scope', 1],
    ['acr', ['mfa']],
    ['tl', 1],
    ['tl', {}],
    ['tl', { kind: 'admin', grant: 'g', epochs: [0, 0, 0, 0] }],
    ['tl', { kind: 'user', grant: '', epochs: [0, 0, 0, 0] }],
    ['tl', { kind: 'user', grant: 'g', epochs: [0, 0, 0] }],
    ['tl', { kind: 'user', grant: 'g', epochs: [0, 0, 0, '0'] }],
    ['tl', { kind: 'user', grant: 'g', tenant: 1, epochs: [0, 0, 0, 0] }],
  ])('A14.16 has no %s of another type: %j', async (name, value) => {
    expect(await verify(claims({ [name]: value }))).toBe('invalid_claims')
  })
})

describe('a token that is bound to something', () => {
  const jkt = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'

  it.each([
    { cnf: { jkt } },
    { cnf: {} },
    { cnf: null },
    { cnf: { 'x5t#S256': jkt } },
    { authorization_details: [] },
    { authorization_details: [{ type: 'payment' }] },
    { authorization_details: null },
  ])('A4.22 is refused by a verifier that does not check it: %j', async (binding) => {
    expect(await verify(claims(binding))).toBe('unsupported')
    expect(await verify(claims(binding), { typ: 'JWT' })).toBe('unsupported')
  })

  it('A4.22 is accepted where the caller checks it, and nothing else beside it', async () => {
    expect(await verify(claims({ cnf: { jkt } }), { checks: ['cnf'] })).toBe('ok')
    const details = { authorization_details: [{ type: 'payment' }] }
    expect(await verify(claims(details), { checks: ['authorization_details'] })).toBe('ok')
    expect(await verify(claims({ cnf: { jkt }, ...details }), { checks: ['cnf'] })).toBe('unsupported')
    expect(await verify(claims(details), { checks: ['cnf'] })).toBe('unsupported')
  })

  it.each([{}, null, 'jkt', { jkt: 1 }, { jkt: 'short' }, { jkt, 'x5t#S256': jkt }, { 'x5t#S256': jkt }, [jkt]])(
    'A4.22 is refused where the binding is none that anybody checks: %j',
    async (cnf) => expect(await verify(claims({ cnf }), { checks: ['cnf'] })).toBe('invalid_claims'),
  )
})

describe('the payload', () => {
  it.each([
    '{"aud":"a","aud":"b"}',
    written('\\u0069ss', `"${ISSUER}"`).replace('{', `{"iss":"${ISSUER}",`),
    written('sub', '"u_1","sub":"u_2"'),
  ])('A14.17 names no member twice: %s', async (payload) => expect(await verify(payload)).toBe('malformed'))

  it('A14.18 has no claim that would become a prototype', async () => {
    expect(await verify(written('__proto__', '{"admin":true}'))).toBe('malformed')
    expect(await verify(written('x', '{"__proto__":{"admin":true}}'))).toBe('malformed')
    expect(await verify(written('constructor', '{"prototype":{"admin":true}}'))).toBe('ok')
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
  })

  it.each([
    'null',
    '[]',
    '"s"',
    '1',
    'true',
    '[{}]',
    ' ',
    '\ufeff{}',
    '{"a":"\\ud800"}',
    `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`,
  ])('A14.19 is one JSON object, not %s', async (payload) => expect(await verify(payload)).toBe('malformed'))
})

describe('a verifier', () => {
  const proper = { issuer: ISSUER, audience: RESOURCE, keys: keysOf(key) }
  it.each<Record<string, unknown>>([
    { keys: undefined },
    { keys: null },
    { keys: '' },
    { keys: 'secret' },
    { keys: [] },
    { keys: {} },
    { keys: new Map() },
    { keys: { find: 'x' } },
    { issuer: '' },
    { issuer: undefined },
    { issuer: [ISSUER] },
    { audience: '' },
    { audience: [] },
    { audience: undefined },
    { audience: [RESOURCE, ''] },
    { audience: [1] },
    { audience: 1 },
    { typ: '' },
    { typ: 1 },
    { maxAge: -1 },
    { checks: ['crit'] },
    { checks: 'cnf' },
    { checks: 1 },
    { clock: {} },
  ])('A14.28 is not made of %j', async (changes) => {
    const options = { ...proper, ...changes } as VerifyJwtOptions
    expect(codeOf(() => createJwtVerifier(options))).toBe('invalid_option')
    await expect(verifyJwt('', options)).rejects.toMatchObject({ code: 'invalid_option' })
  })

  it.each([{ most: 0 }, { most: -1 }, { most: 1.5 }, { most: Number.NaN }, { maxAge: 'x' }])(
    'A14.28 does not remember by bounds that are none: %j',
    (seen) => {
      expect(codeOf(() => createJwtVerifier({ ...proper, seen } as never))).toBe('invalid_option')
    },
  )

  it.each([
    ['nothing', () => undefined, 'unknown_key'],
    ['null', () => null, 'unavailable'],
    ['another word', () => 'yes', 'unavailable'],
    ['an object that is no key', () => ({}), 'unavailable'],
    [
      'a key whose check throws',
      () => ({
        verify: () => {
          throw null
        },
      }),
      'unavailable',
    ],
    ['a key whose check rejects', () => ({ verify: () => Promise.reject(new Error()) }), 'unavailable'],
    ['a key whose check answers 1', () => ({ verify: () => 1 }), 'bad_signature'],
    ['a key whose check answers "false"', () => ({ verify: () => 'false' }), 'bad_signature'],
    [
      'an error',
      () => {
        throw new Error('secret')
      },
      'unavailable',
    ],
    ['a rejection', () => Promise.reject(new Error('secret')), 'unavailable'],
  ])('A14.28 fails closed where its keys answer %s', async (_, find, reason) => {
    const options = { ...proper, clock: { now: () => NOW * 1000 }, keys: { find, revision: 0 } } as never
    const token = key.token(header(key), claims())
    expect(await verifyJwt(token, options)).toEqual({ ok: false, reason })
    expect(await createJwtVerifier(options).verify(token)).toEqual({ ok: false, reason })
  })

  it.each([
    () => Number.NaN,
    () => Number.POSITIVE_INFINITY,
    () => 'now',
    () => undefined,
    () => {
      throw new Error()
    },
  ])('A14.28 fails closed where its clock tells no time: %s', async (now) => {
    const options = { ...proper, clock: { now } } as never
    const token = key.token(header(key), claims())
    expect(await verifyJwt(token, options)).toEqual({ ok: false, reason: 'unavailable' })
    expect(await createJwtVerifier(options).verify(token)).toEqual({ ok: false, reason: 'unavailable' })
  })

  it('has read its options when it is made: what becomes of them changes nothing', async () => {
    const audience = [RESOURCE]
    const options = { ...proper, audience, clock: { now: () => NOW * 1000 }, checks: [] as 'cnf'[] }
    const verifier = createJwtVerifier(options)
    options.issuer = 'https://evil.test'
    audience[0] = 'https://evil.test'
    options.checks.push('cnf')
    expect(await verifier.verify(key.token(header(key), claims()))).toMatchObject({ ok: true })
    expect(await verifier.verify(key.token(header(key), claims({ cnf: {} })))).toMatchObject({ reason: 'unsupported' })
  })
})
