import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toSixDigits } from '../../src/core/base62.js'
import { crc32 } from '../../src/core/crc32.js'
import {
  API_TOKEN,
  type CredentialFormat,
  checkPrefix,
  credentialParser,
  mintCredential,
  splitId,
  withVerifier,
} from '../../src/core/credential.js'
import { ANYTHING, codeOf } from './support.js'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const parse = credentialParser(API_TOKEN, ['cl', 'old', 'sk_live'])
const withChecksum = (body: string) => body + toSixDigits(crc32(body))

const part = fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 1, maxLength: 9 })
const letter = fc.constantFrom(...DIGITS.slice(10))
const prefix = fc
  .tuple(letter, fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([first, parts]) => first + parts.join('_'))
const format: fc.Arbitrary<CredentialFormat> = fc.record({
  kind: fc.constant('token'),
  locator: fc.integer({ min: 11, max: 20 }),
  verifier: fc.integer({ min: 27, max: 60 }),
})

describe('a minted credential', () => {
  it('of an API token has a public part of 65 bits, a secret one of 160, and a checksum', () => {
    expect(API_TOKEN).toEqual({ kind: 'token', locator: 11, verifier: 27 })
    expect(mintCredential(API_TOKEN, 'cl').text).toMatch(/^cl_[0-9A-Za-z]{44}$/)
  })

  it('is parsed into what it was minted from, whatever the prefix and the lengths', () => {
    fc.assert(
      fc.property(format, prefix, (format, prefix) => {
        const { text, ...parts } = mintCredential(format, checkPrefix(prefix))
        expect(credentialParser(format, [prefix])(text)).toEqual(parts)
        expect(parts.id).toBe(`${prefix}_${parts.locator}`)
        expect([parts.locator.length, parts.verifier.length]).toEqual([format.locator, format.verifier])
        expect(text).toHaveLength(parts.id.length + format.verifier + 6)
        expect(text.endsWith(toSixDigits(crc32(text, text.length - 6)))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('has the words of the design: prefix, separator, and base62 only', () => {
    expect(mintCredential(API_TOKEN, 'sk_live').text).toMatch(/^sk_live_[0-9A-Za-z]{44}$/)
  })

  it('keeps its id and gets another secret when it is rotated', () => {
    const first = mintCredential(API_TOKEN, 'sk_live')
    const second = withVerifier(API_TOKEN, first.id)
    expect(second).toMatchObject({ id: first.id, prefix: 'sk_live', locator: first.locator })
    expect(second.verifier).not.toBe(first.verifier)
    expect(parse(second.text)).toMatchObject({ id: first.id, verifier: second.verifier })
    expect(splitId(API_TOKEN, first.id)).toEqual({ prefix: 'sk_live', locator: first.locator })
  })
})

describe('what is no credential', () => {
  it('A1.1 anything but a credential is refused without an exception', () => {
    for (const value of ANYTHING) expect(parse(value)).toBeUndefined()
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parse(value)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('A1.1 garbage of any length, with and without a known prefix, is refused without an exception', () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
    )
    fc.assert(
      fc.property(garbage, fc.constantFrom('', 'cl_', 'sk_live_', '_', 'cl'), (text, start) => {
        expect(parse(start + text)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
    for (let length = 0; length < 200; length++) expect(parse('0'.repeat(length))).toBeUndefined()
    expect(parse(`cl_${'0'.repeat(10_000_000)}`)).toBeUndefined()
  })

  it('A1.2 every change of a single character is refused', () => {
    const { text } = mintCredential(API_TOKEN, 'cl')
    const others = [...DIGITS, '_', '-', ' ', '\0', '\n', 'é', '０', '\ud800']
    for (let i = 0; i < text.length; i++) {
      for (const other of others.filter((other) => other !== text[i])) {
        expect(parse(text.slice(0, i) + other + text.slice(i + 1))).toBeUndefined()
      }
    }
  })

  it('A1.2 any character code in any place is refused, unless it is the one that stood there', () => {
    fc.assert(
      fc.property(fc.nat(46), fc.integer({ min: 0, max: 0xffff }), (at, code) => {
        const { text } = mintCredential(API_TOKEN, 'cl')
        const other = String.fromCharCode(code)
        fc.pre(other !== text[at])
        expect(parse(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('what is not base62, or not separated, is refused, its checksum being right', () => {
    const { text } = mintCredential(API_TOKEN, 'cl')
    for (const other of ['_', '-', ' ', '\0', '\n', 'é', '０', '\ud800', '🔑'.slice(0, 1)]) {
      for (let i = 3; i < text.length - 6; i++) {
        expect(parse(withChecksum(text.slice(0, i) + other + text.slice(i + 1, -6)))).toBeUndefined()
      }
    }
    for (const separator of ['-', '.', '0', ' '])
      expect(parse(withChecksum(`cl${separator}${text.slice(3, -6)}`))).toBeUndefined()
  })

  it('A1.2 two neighbours exchanged, a character doubled or left out are refused', () => {
    for (let round = 0; round < 50; round++) {
      const { text } = mintCredential(API_TOKEN, 'sk_live')
      for (let i = 0; i + 1 < text.length; i++) {
        const [a, b] = [text.charAt(i), text.charAt(i + 1)]
        expect(parse(text.slice(0, i) + a + text.slice(i))).toBeUndefined()
        expect(parse(text.slice(0, i) + text.slice(i + 1))).toBeUndefined()
        if (a !== b) expect(parse(text.slice(0, i) + b + a + text.slice(i + 2))).toBeUndefined()
      }
    }
  })

  it('A1.4 a truncated credential is refused at every length, from either end', () => {
    const { text } = mintCredential(API_TOKEN, 'sk_live')
    for (let length = 0; length < text.length; length++) {
      expect(parse(text.slice(0, length))).toBeUndefined()
      expect(parse(text.slice(text.length - length))).toBeUndefined()
    }
  })

  it('A1.4 a truncated body with a checksum of its own is refused', () => {
    const { text } = mintCredential(API_TOKEN, 'cl')
    for (let length = 0; length < text.length - 6; length++) {
      expect(parse(withChecksum(text.slice(0, length)))).toBeUndefined()
    }
  })

  it('A1.6 another case, full-width twins and white space around are refused', () => {
    const { text } = mintCredential(API_TOKEN, 'cl')
    const fullWidth = (i: number) => String.fromCharCode(text.charCodeAt(i) + 0xfee0)
    const others = [text.toUpperCase(), text.toLowerCase(), ` ${text}`, `${text} `, `${text}\n`, `\ufeff${text}`]
    for (const other of others.filter((other) => other !== text)) expect(parse(other)).toBeUndefined()
    for (let i = 0; i < text.length; i++)
      expect(parse(text.slice(0, i) + fullWidth(i) + text.slice(i + 1))).toBeUndefined()
  })

  it('A1.6 an upper-case body with a checksum of its own names another record', () => {
    const { id, text } = mintCredential(API_TOKEN, 'cl')
    const body = `cl_${text.slice(3, -6).toUpperCase()}`
    expect(parse(withChecksum(body))?.id).toBe(id.slice(0, 3) + id.slice(3).toUpperCase())
    expect(parse(withChecksum(body.toUpperCase()))).toBeUndefined()
  })
})

describe('prefixes', () => {
  it('A1.8 the prefix of another environment is refused, its checksum being right', () => {
    const live = credentialParser(API_TOKEN, ['sk_live'])
    const test = mintCredential(API_TOKEN, 'sk_test')
    expect(live(test.text)).toBeUndefined()
    expect(live(withChecksum(`sk_live${test.text.slice(7, -6)}`))).toBeDefined()
    for (const other of ['sk', 'live', 'sk_liv', 'k_live', 'sk_live_x', 'SK_LIVE', 'sk-live']) {
      expect(live(withChecksum(`${other}_${test.locator}${test.verifier}`))).toBeUndefined()
    }
  })

  it('former prefixes keep working, and each comes back as itself', () => {
    for (const prefix of ['cl', 'old', 'sk_live']) {
      expect(parse(mintCredential(API_TOKEN, prefix).text)?.prefix).toBe(prefix)
    }
  })

  it('a prefix that begins another one is not taken for it', () => {
    const both = credentialParser(API_TOKEN, ['sk', 'sk_live', 'sk_live_eu'])
    for (const prefix of ['sk', 'sk_live', 'sk_live_eu']) {
      const { text, ...parts } = mintCredential(API_TOKEN, prefix)
      expect(both(text)).toEqual(parts)
    }
  })

  it('A1.9 a credential of another length, and so of another kind, is refused', () => {
    const other = { kind: 'refresh', locator: 11, verifier: 50 }
    expect(parse(mintCredential(other, 'cl').text)).toBeUndefined()
    expect(credentialParser(other, ['cl'])(mintCredential(API_TOKEN, 'cl').text)).toBeUndefined()
  })

  it('without a prefix nothing is accepted', () => {
    const none = credentialParser(API_TOKEN, [])
    expect(none(mintCredential(API_TOKEN, 'cl').text)).toBeUndefined()
    expect(none('')).toBeUndefined()
  })

  it('A20.17 the list of prefixes is copied', () => {
    const prefixes = ['cl']
    const parse = credentialParser(API_TOKEN, prefixes)
    prefixes[0] = 'xx'
    expect(parse(mintCredential(API_TOKEN, 'xx').text)).toBeUndefined()
    expect(parse(mintCredential(API_TOKEN, 'cl').text)).toBeDefined()
  })

  it.each(['a', 'cl', 'sk_live', 'A1_b2', 'x'.repeat(32), 'a_1'])('takes the prefix %s', (prefix) => {
    expect(checkPrefix(prefix)).toBe(prefix)
  })

  const refused = [
    '',
    '_',
    '_a',
    'a_',
    'a__b',
    '1a',
    'a-b',
    'a b',
    'é',
    'a\n',
    'x'.repeat(33),
    `${'a_'.repeat(50_000)}!`,
  ]
  it.each(refused)('refuses the prefix "%s"', (prefix) => {
    expect(codeOf(() => checkPrefix(prefix))).toBe('invalid_option')
  })

  it('refuses what is no text as a prefix', () => {
    for (const value of ANYTHING.filter((value) => typeof value !== 'string')) {
      expect(codeOf(() => checkPrefix(value as string))).toBe('invalid_option')
    }
  })
})
