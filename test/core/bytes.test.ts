import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  equalInConstantTime,
  fitsInto,
  fromBase64url,
  fromUtf8,
  lengthPrefixed,
  toBase64url,
  utf8,
} from '../../src/core/bytes.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('base64url', () => {
  it('is what Buffer makes of the same bytes, and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url')
        expect(toBase64url(bytes)).toBe(text)
        expect(fromBase64url(text)).toEqual(new Uint8Array(bytes))
      }),
    )
  })

  it('has one text for each bytes: unused bits are refused', () => {
    for (const last of ALPHABET) {
      expect(fromBase64url(`A${last}`) !== undefined).toBe('AQgw'.includes(last))
      expect(fromBase64url(`AA${last}`) !== undefined).toBe('AEIMQUYcgkosw048'.includes(last))
      expect(fromBase64url(`AAA${last}`)).toBeDefined()
    }
  })

  it.each(['A', 'AAAAA', 'AA==', 'AAA=', '=', 'A+', 'A/', 'AA AA', 'AAAA\n', ' AAAA', 'é', '\0', 'ＡＡ'])(
    'refuses %j',
    (text) => expect(fromBase64url(text)).toBeUndefined(),
  )

  it('takes the empty text for no bytes', () => {
    expect(fromBase64url('')).toEqual(new Uint8Array())
    expect(toBase64url(new Uint8Array())).toBe('')
  })
})

describe('UTF-8', () => {
  it('goes there and back, marks at the beginning included', () => {
    for (const text of ['', 'abc', 'Zürich 日本 🔑', '\ufeffabc', '\0']) expect(fromUtf8(utf8(text))).toBe(text)
  })

  it('is counted in bytes, exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(60), (text, bytes) => {
        expect(fitsInto(bytes, text)).toBe(Buffer.byteLength(text) <= bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('is not guessed where it is not well-formed', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f]]) {
      expect(() => fromUtf8(new Uint8Array(bytes))).toThrow(TypeError)
    }
  })
})

describe('a tuple as one text', () => {
  const parts = fc.array(fc.option(fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('', '-', '0:', '1:a', ':'))), {
    maxLength: 4,
  })

  it('differs from that of every other tuple', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(lengthPrefixed(a) === lengthPrefixed(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
      { numRuns: 5000 },
    )
  })

  it('tells an absent part from an empty one, and one part from two', () => {
    const texts = [[], [null], [''], ['-'], [null, ''], ['', null], ['', ''], ['a', 'b'], ['ab'], ['a1:b']].map(
      lengthPrefixed,
    )
    expect(new Set(texts).size).toBe(texts.length)
  })
})

it('texts are equal in constant time exactly when they are equal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(equalInConstantTime(a, b)).toBe(a === b)
      expect(equalInConstantTime(a, `${a}`)).toBe(true)
      expect(equalInConstantTime(a, `${a}\0`)).toBe(false)
    }),
  )
})
