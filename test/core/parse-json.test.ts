import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/core/bytes.js'
import { parseJson, parseJsonObject } from '../../src/core/parse-json.js'

const parse = (text: string) => parseJson(utf8(text))

describe('strict JSON', () => {
  it('is read as JSON.parse reads it where there are no two ways to', () => {
    const json = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('__proto__'))
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { numRuns: 500 },
    )
  })

  it.each(['null', 'true', '0', '-1.5e3', '"a\\"b:\\\\"', '[]', '{}', '{"a:b":["\\"",":{"]}', '{"":{"":1}}', ' {} '])(
    'takes %s',
    (text) => expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text))),
  )

  it.each([
    '{"aud":"a","aud":"b"}',
    '{"aud":"a","aud":"a"}',
    '{"alg":"ES256","\\u0061lg":"none"}',
    '{"a":{"b":[{"c":1,"d":2,"\\u0063":3}]}}',
    '{"":1,"":2}',
    '{"1":1,"1":2}',
    '{"a":{"x":1},"a":{"x":1,"y":2}}',
  ])('A14.17 refuses members that are given twice, in any spelling, at any depth: %s', (text) => {
    expect(() => JSON.parse(text)).not.toThrow()
    expect(parse(text)).toBeUndefined()
  })

  it.each(['{"__proto__":{"admin":true}}', '{"a":[{"\\u005f_proto__":1}]}'])(
    'A14.18 refuses a member that would become a prototype where it is copied: %s',
    (text) => expect(parse(text)).toBeUndefined(),
  )

  it('A14.18 gives objects without a prototype, which have nothing that the text does not name', () => {
    const value = parseJsonObject(utf8('{"constructor":1,"a":{}}'))
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.getPrototypeOf(value?.a)).toBeNull()
    expect(value?.toString).toBeUndefined()
    expect(Object.assign({}, value)).toEqual({ constructor: 1, a: {} })
  })

  it('freezes all of what it gives', () => {
    const value = parseJsonObject(utf8('{"a":[{"b":[]}]}'))
    const list = value?.a as readonly { readonly b: readonly unknown[] }[]
    expect([value, list, list[0], list[0]?.b].every(Object.isFrozen)).toBe(true)
  })

  it.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16', [0x7b, 0, 0x7d, 0]],
    ['UTF-16 with its mark', [0xff, 0xfe, 0x7b, 0, 0x7d, 0]],
    ['a byte that no UTF-8 has', [0x22, 0xff, 0x22]],
    ['an overlong form', [0x22, 0xc1, 0xa1, 0x22]],
    ['half a surrogate pair in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['nothing', []],
    ['a NUL', [0]],
  ])('A14.19 refuses %s', (_, bytes) => expect(parseJson(new Uint8Array(bytes))).toBeUndefined())

  it.each(['"\\ud800"', '{"\\udc00":1}', '["a\\ud83d"]', '1e400', '[-1e999]', '{"a":1e309}'])(
    'A14.19 A14.11 refuses what no other reader would take for the same: %s',
    (text) => expect(parse(text)).toBeUndefined(),
  )

  it.each(['{', "{'a':1}", '{"a":1,}', '[1 2]', 'NaN', 'undefined', '01', '"\n"', '{"a":1}{"a":1}', '{"a":1} x'])(
    'refuses what is no JSON: %j',
    (text) => expect(parse(text)).toBeUndefined(),
  )

  it('A14.19 refuses what is nested deeper than 16 levels, however deep', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    const members = (levels: number) => '{"a":'.repeat(levels) + 1 + '}'.repeat(levels)
    expect(parse(nested(16))).toBeDefined()
    expect(parse(members(16))).toBeDefined()
    for (const levels of [17, 1000, 100_000]) {
      expect(parse(nested(levels))).toBeUndefined()
      expect(parse(members(levels))).toBeUndefined()
    }
  })

  it.each(['null', '[]', '[{}]', '"s"', '1', 'true'])('A14.19 takes %s for no object', (text) => {
    expect(parseJsonObject(utf8(text))).toBeUndefined()
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }).map(utf8)), (bytes) => {
        expect(() => parseJson(bytes)).not.toThrow()
      }),
      { numRuns: 2000 },
    )
  })
})
