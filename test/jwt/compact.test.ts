import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '../../src/core/bytes.js'
import { type CompactJws, jwsReader, parseCompact } from '../../src/jwt/compact.js'

const b64 = (text: string) => toBase64url(utf8(text))
const HEADER = '{"alg":"ES256"}'
const PAYLOAD = '{"sub":"u_42"}'
const SIGNATURE = toBase64url(new Uint8Array(64).fill(7))
const TOKEN = `${b64(HEADER)}.${b64(PAYLOAD)}.${SIGNATURE}`

const parse = (text: unknown) =>
  parseCompact(
    text,
    jwsReader(() => undefined),
  )
const parsed = (text: string): CompactJws => {
  const jws = parse(text)
  if (typeof jws === 'string') throw new Error(jws)
  return jws
}
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('a compact JWS', () => {
  it('is its header, its payload, and what is signed', () => {
    const { header, payload, signature, signedBytes } = parsed(TOKEN)
    expect({ ...header }).toEqual({ alg: 'ES256' })
    expect(new Uint8Array(payload)).toEqual(utf8(PAYLOAD))
    expect(new Uint8Array(signature)).toEqual(new Uint8Array(64).fill(7))
    expect(new Uint8Array(signedBytes())).toEqual(utf8(TOKEN.slice(0, TOKEN.lastIndexOf('.'))))
  })

  it('is the example of RFC 7515 appendix A.3', () => {
    const example =
      'eyJhbGciOiJFUzI1NiJ9.' +
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
    const { header, payload, signature } = parsed(example)
    expect({ ...header }).toEqual({ alg: 'ES256' })
    expect(new Uint8Array(payload)).toEqual(
      utf8('{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'),
    )
    expect([...signature.slice(0, 4), signature.length]).toEqual([14, 209, 33, 83, 64])
  })

  it('has its header judged before anything else of it is looked at', () => {
    const judged: unknown[] = []
    const read = jwsReader((header) => {
      judged.push({ ...header })
      return 'algorithm'
    })
    expect([parseCompact(`${b64(HEADER)}.!.!`, read), judged]).toEqual(['algorithm', [{ alg: 'ES256' }]])
  })

  it('has its header judged anew wherever it differs by a character, however many came before', () => {
    const read = jwsReader((header) => (header.alg === 'ES256' ? undefined : 'algorithm'))
    const headers = Array.from({ length: 40 }, (_, i) => [
      { alg: 'ES256', kid: `${i}` },
      { alg: 'none', kid: `${i}` },
    ]).flat()
    for (const header of [...headers, ...headers.slice(-5), ...headers]) {
      for (let again = 0; again < 2; again++) {
        const jws = parseCompact(`${b64(JSON.stringify(header))}.${b64(PAYLOAD)}.${SIGNATURE}`, read)
        expect(typeof jws === 'string' ? jws : { ...jws.header }).toEqual(header.alg === 'ES256' ? header : 'algorithm')
      }
    }
  })

  it.each([undefined, null, 0, {}, [TOKEN], new String(TOKEN), utf8(TOKEN)])('is a text, not %o', (value) => {
    expect(parse(value)).toBe('malformed')
  })

  it.each([
    '',
    '.',
    '..',
    '...',
    b64(HEADER),
    `${b64(HEADER)}.${b64(PAYLOAD)}`,
    `${b64(HEADER)}..${SIGNATURE}`,
    `.${b64(PAYLOAD)}.${SIGNATURE}`,
    `${b64(HEADER)}.${b64(PAYLOAD)}.`,
    `${TOKEN}.`,
    `.${TOKEN}`,
    `${TOKEN}.${SIGNATURE}`,
    `${TOKEN}.${SIGNATURE}.${SIGNATURE}`,
    '.'.repeat(8000),
  ])('A14.19 A14.8 A14.26 has three segments, none of them empty: %s', (text) => {
    expect(parse(text)).toBe('malformed')
  })

  it.each([' ', '\n', '\t', '=', '==', '+', '/', '\0', '%', ',', 'é', 'ａ', '\u{1f511}', '\u200b', '\ufeff'])(
    'A14.21 has no %j anywhere in it',
    (foreign) => {
      for (let at = 0; at <= TOKEN.length; at++) {
        expect(parse(TOKEN.slice(0, at) + foreign + TOKEN.slice(at)), `at ${at}`).toBe('malformed')
        if (at < TOKEN.length) {
          expect(parse(TOKEN.slice(0, at) + foreign + TOKEN.slice(at + 1)), `instead of ${at}`).toBe('malformed')
        }
      }
    },
  )

  it('A14.22 has one spelling: no segment ends in a character whose unused bits are set', () => {
    const segments = (spaces: number) => [
      b64(HEADER + ' '.repeat(spaces)),
      b64(PAYLOAD + ' '.repeat(spaces)),
      SIGNATURE,
    ]
    let refused = 0
    for (const spaces of [0, 1, 2]) {
      for (const index of [0, 1, 2]) {
        const all = segments(spaces)
        const segment = all[index] as string
        const bytes = Buffer.from(segment, 'base64url')
        for (const last of ALPHABET) {
          const twin = segment.slice(0, -1) + last
          if (twin === segment || !Buffer.from(twin, 'base64url').equals(bytes)) continue
          refused++
          expect(parse(all.with(index, twin).join('.'))).toBe('malformed')
        }
        expect(typeof parse(all.join('.'))).toBe('object')
      }
    }
    expect(refused).toBe(2 * (15 + 3) + 3 * 15)
  })

  it('A14.27 has at most 8,192 characters, and a longer one is not looked at', () => {
    const filler = 8192 - TOKEN.length + b64(PAYLOAD).length
    const payload = b64(`"${'a'.repeat(Math.floor((filler * 3) / 4) - 2)}"`)
    const longest = `${b64(HEADER)}.${payload}.${SIGNATURE}`
    expect(longest.length).toBe(8192)
    expect(typeof parse(longest)).toBe('object')
    for (const text of [`${longest}A`, TOKEN + ' '.repeat(8192), 'a'.repeat(2 ** 20), '.'.repeat(8193)]) {
      expect(parse(text)).toBe('too_long')
    }
  })

  it.each([
    'null',
    '[]',
    '"s"',
    '1',
    '',
    '{',
    `\ufeff${HEADER}`,
    '{"alg":"ES256","alg":"none"}',
    '{"alg":"ES256","\\u0061lg":"none"}',
    '{"__proto__":{"alg":"ES256"}}',
    `{"alg":"ES256","x":"\\ud800"}`,
    `{"alg":"ES256","x":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  ])('A14.17 A14.18 A14.19 has a header that is one JSON object: %s', (header) => {
    expect(parse(`${b64(header)}.${b64(PAYLOAD)}.${SIGNATURE}`)).toBe('malformed')
  })

  it('is never read wrongly: what is parsed is spelt as it was', () => {
    const segment = fc.string({ unit: fc.constantFrom(...ALPHABET, '.', '=', ' '), maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), segment), fc.array(segment, { maxLength: 4 }), (a, rest) => {
        for (const text of [a, [a, ...rest].join('.'), [b64(HEADER), ...rest].join('.')]) {
          const jws = parse(text)
          if (typeof jws === 'string') continue
          const again = [b64(HEADER), toBase64url(jws.payload), toBase64url(jws.signature)].join('.')
          expect(again).toBe(text)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
