import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAuthorization } from '../../src/core/headers.js'
import { ANYTHING } from './support.js'

const MALFORMED = { kind: 'malformed' }
const bearer = (credentials: string) => ({ kind: 'credentials', scheme: 'bearer', credentials })

describe('an Authorization header', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('A2.2 the scheme "%s" is taken in any case', (scheme) => {
    expect(parseAuthorization(`${scheme} cl_x`)).toEqual(bearer('cl_x'))
  })

  it.each(['Bearer', 'Bearer ', 'Bearer  ', '', ' ', 'cl_x'])('A2.3 "%s" has no credentials', (value) => {
    expect(parseAuthorization(value)).toEqual(MALFORMED)
  })

  it.each(['Bearer a, Bearer b', 'Bearer a,Bearer a', 'Bearer a,', 'Bearer ,a', 'Bearer a b'])(
    'A2.4 two lines, joined as in "%s", are refused',
    (value) => expect(parseAuthorization(value)).toEqual(MALFORMED),
  )

  const SPACES = ['\t', '\u00a0', '\v', '\f', '\r', '\n', '\r\n ', '\u2003', '\u3000', '\0', ' \t']
  it.each(SPACES)('A2.6 %j in place of the space is refused', (space) => {
    expect(parseAuthorization(`Bearer${space}cl_x`)).toEqual(MALFORMED)
    expect(parseAuthorization(`Bearer cl_x${space}`)).toEqual(MALFORMED)
    expect(parseAuthorization(`${space}Bearer cl_x`)).toEqual(MALFORMED)
  })

  it.each(['\u00e9', '\u00ff', '\u0100', '🔑', '\ud800', '\x7f', '\x1b'])(
    'A2.6 %j in the credentials is refused',
    (character) => {
      expect(parseAuthorization(`Bearer cl_${character}x`)).toEqual(MALFORMED)
      expect(parseAuthorization(`Be${character}rer cl_x`)).toEqual(MALFORMED)
    },
  )

  it('A2.6 several spaces are one separator, as RFC 9110 section 11.6.2 has it', () => {
    expect(parseAuthorization('Bearer   cl_x')).toEqual(bearer('cl_x'))
  })

  it.each(['a"b', 'a\\b', '<script>', "a'b", 'a;b', 'a{b}', '===='])(
    'A2.7 %s is left to the check of the credential',
    (text) => {
      expect(parseAuthorization(`Bearer ${text}`)).toEqual(bearer(text))
    },
  )

  it.each(['Basic dXNlcjpwYXNz', 'Token cl_x', 'ApiKey cl_x', 'DPoP cl_x'])(
    'A2.11 the scheme of "%s" is told apart',
    (value) => {
      const [scheme = '', credentials] = value.split(' ')
      expect(parseAuthorization(value)).toEqual({ kind: 'credentials', scheme: scheme.toLowerCase(), credentials })
    },
  )

  it('A2.13 a bearer token beside a DPoP-bound one is refused', () => {
    expect(parseAuthorization('Bearer a, DPoP b')).toEqual(MALFORMED)
    expect(parseAuthorization('DPoP a Bearer b')).toEqual(MALFORMED)
  })

  it('A2.14 64 KiB are refused, 8 KiB are the most', () => {
    expect(parseAuthorization(`Bearer ${'x'.repeat(65_536)}`)).toEqual(MALFORMED)
    expect(parseAuthorization(`${' '.repeat(65_536)}`)).toEqual(MALFORMED)
    expect(parseAuthorization(`Bearer ${'x'.repeat(8192 - 7)}`).kind).toBe('credentials')
    expect(parseAuthorization(`Bearer ${'x'.repeat(8192 - 6)}`)).toEqual(MALFORMED)
  })

  it('of any type and any content never throws, and yields one credential of visible ASCII at most', () => {
    for (const value of ANYTHING) expect(parseAuthorization(value)).toEqual(MALFORMED)
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `Bearer ${text}`),
    )
    fc.assert(
      fc.property(text, (value) => {
        const parsed = parseAuthorization(value)
        if (parsed.kind === 'credentials') expect(parsed.credentials).toMatch(/^[!-+\--~]+$/)
      }),
      { numRuns: 1000 },
    )
  })
})
