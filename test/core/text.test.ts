import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkId, checkText } from '../../src/core/text.js'
import { ANYTHING, codeOf } from './support.js'

const RULE = { label: 'a name', code: 'invalid_name', max: 100 } as const
const refusal = (value: unknown, max: number = RULE.max) => codeOf(() => checkText(value, { ...RULE, max }))

describe('a text from outside', () => {
  it('A20.12 comes back exactly as it came: nothing is normalised, trimmed or cut', () => {
    const family = '👩‍👩‍👧‍👦'
    for (const text of [
      'caf\u00e9',
      'cafe\u0301',
      '🔑',
      family,
      ' a ',
      'Ａ',
      'ﬀ',
      'a\u200bb',
      '\u05e9\u05dc\u05d5\u05dd\u200f!',
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
      "'; DROP TABLE--",
      'a\u0301'.repeat(50),
    ]) {
      expect(checkText(text, RULE)).toBe(text)
    }
    expect(checkText('caf\u00e9', RULE)).not.toBe(checkText('cafe\u0301', RULE))
  })

  it('A20.12 is limited in code points: what is one outside the basic plane counts as one', () => {
    expect(refusal('x'.repeat(100))).toBe('nothing')
    expect(refusal('🔑'.repeat(100))).toBe('nothing')
    expect(refusal('x'.repeat(101))).toBe('invalid_name')
    expect(refusal('🔑'.repeat(101))).toBe('invalid_name')
    expect(refusal(`e${'\u0301'.repeat(100)}`)).toBe('invalid_name')
    expect(refusal('🔑'.repeat(100_000))).toBe('invalid_name')
    expect(refusal('x'.repeat(10_000_000))).toBe('invalid_name')
  })

  it('A20.3 NUL and lone surrogates are refused, before a driver could cut or change them', () => {
    for (const text of ['\0', 'a\0b', '\ud800', 'a\udc00b', '\udc00\ud800', `${'\ud83d'}x`])
      expect(refusal(text)).toBe('invalid_name')
    expect(refusal('\ud83d\udd11')).toBe('nothing')
    expect(refusal('\uffff\ufffd')).toBe('nothing')
  })

  it('A20.11 line breaks, escapes and other controls are refused, so that no log breaks on them', () => {
    const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, i) => 0x7f + i), 0x2028, 0x2029]
    for (const code of controls) {
      expect(refusal(`a${String.fromCharCode(code)}b`)).toBe('invalid_name')
      expect(codeOf(() => checkId(`a${String.fromCharCode(code)}b`, 'an id'))).toBe('invalid_input')
    }
    expect(refusal('a\x1b[31mred\x1b[0m')).toBe('invalid_name')
    expect(refusal('ok\r\nSet-Cookie: a=b')).toBe('invalid_name')
  })

  it('A20.12 what turns the direction of the text around it is refused, so that no name passes for another', () => {
    for (const code of [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]) {
      expect(refusal(`invoice${String.fromCharCode(code)}gpj.exe`), code.toString(16)).toBe('invalid_name')
      expect(codeOf(() => checkId(`a${String.fromCharCode(code)}b`, 'an id'))).toBe('invalid_input')
    }
  })

  it('is not empty, nor white space alone, unless the rule says so', () => {
    for (const text of ['', ' ', '   ', '\u00a0\u3000']) expect(refusal(text)).toBe('invalid_name')
    expect(checkText('', { ...RULE, min: 0 })).toBe('')
  })

  it('is a text, and nothing else throws another error', () => {
    for (const value of ANYTHING.filter((value) => typeof value !== 'string')) {
      expect(refusal(value)).toBe('invalid_name')
      expect(codeOf(() => checkId(value, 'an id'))).toBe('invalid_input')
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(['invalid_name', 'nothing']).toContain(refusal(text))
      }),
    )
  })

  it('is named in the error, and not repeated', () => {
    expect(() => checkText('cl_secret\0', RULE)).toThrow(/^a name must/)
    expect(() => checkText('cl_secret\0', RULE)).not.toThrow(/secret/)
  })
})

describe('an id of the host', () => {
  it('has 1 to 255 bytes, so that it fits the index of every database', () => {
    expect(checkId('x'.repeat(255), 'an id')).toHaveLength(255)
    expect(checkId('é'.repeat(127), 'an id')).toHaveLength(127)
    for (const id of ['', ' ', 'x'.repeat(256), 'é'.repeat(128), '🔑'.repeat(64)]) {
      expect(codeOf(() => checkId(id, 'an id'))).toBe('invalid_input')
    }
  })

  it('may look like anything', () => {
    for (const id of ['0', 'null', '__proto__', 'a:b', 'a/b', '%', '-', 'Zürich']) expect(checkId(id, 'an id')).toBe(id)
  })
})
