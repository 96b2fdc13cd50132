import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkMetadata } from '../../src/core/json.js'
import { ANYTHING, codeOf } from './support.js'

const refusal = (value: unknown) => codeOf(() => checkMetadata(value))
const nested = (levels: number, leaf: unknown = 1): unknown => (levels === 0 ? leaf : { a: nested(levels - 1, leaf) })

describe('metadata', () => {
  it('is copied as it is, and frozen to the bottom', () => {
    const given = {
      text: 'Zürich 🔑',
      number: -1.5,
      yes: true,
      nothing: null,
      list: [1, ['a', {}]],
      inner: { a: { b: [] } },
    }
    const kept = checkMetadata(given)
    expect(kept).toEqual(given)
    given.inner.a.b = [1] as never
    given.list.push(2)
    expect(kept).toMatchObject({ list: [1, ['a', {}]], inner: { a: { b: [] } } })
    for (const part of [kept, kept.list, kept.inner]) expect(Object.isFrozen(part)).toBe(true)
  })

  it('is any JSON object within the limits, unchanged by a round trip through text', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
    fc.assert(
      fc.property(object, (value) => {
        const given: unknown = JSON.parse(JSON.stringify(value))
        const small = JSON.stringify(given).length < 3000 && !JSON.stringify(given).includes('\\u0000')
        fc.pre(small && !JSON.stringify(given).includes('"__proto__":'))
        expect(JSON.parse(JSON.stringify(checkMetadata(given)))).toEqual(given)
      }),
      { numRuns: 500 },
    )
  })

  it('A20.14 refuses __proto__ at any depth, and pollutes nothing', () => {
    for (const text of [
      '{"__proto__":{"polluted":true}}',
      '{"a":{"__proto__":{"polluted":true}}}',
      '{"a":[{"__proto__":null}]}',
      '{"__proto__":[]}',
    ]) {
      expect(refusal(JSON.parse(text))).toBe('invalid_input')
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('A20.14 keeps constructor and prototype as the plain members they are', () => {
    const given = JSON.parse(
      '{"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null}',
    ) as object
    const kept = checkMetadata(given)
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    expect(JSON.parse(JSON.stringify(kept))).toEqual(given)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('has at most five levels', () => {
    expect(checkMetadata(nested(5))).toEqual(nested(5))
    expect(checkMetadata(nested(4, []))).toEqual(nested(4, []))
    expect(refusal(nested(6))).toBe('invalid_input')
    expect(refusal(nested(5, []))).toBe('invalid_input')
    expect(refusal(nested(5, {}))).toBe('invalid_input')
    expect(refusal(nested(5000))).toBe('invalid_input')
    const circular: { self?: unknown } = {}
    circular.self = circular
    expect(refusal(circular)).toBe('invalid_input')
  })

  it('has at most 4,096 bytes of UTF-8', () => {
    const frame = '{"a":""}'.length
    expect(refusal({ a: 'x'.repeat(4096 - frame) })).toBe('nothing')
    expect(refusal({ a: 'x'.repeat(4097 - frame) })).toBe('invalid_input')
    expect(refusal({ a: 'é'.repeat((4098 - frame) / 2) })).toBe('invalid_input')
  })

  it('A20.3 has no character that a database could not keep, in names and in values', () => {
    for (const text of ['\0', 'a\0b', '\ud800', 'a\udfff']) {
      expect(refusal({ a: text })).toBe('invalid_input')
      expect(refusal({ a: [[text]] })).toBe('invalid_input')
      expect(refusal({ [text]: 1 })).toBe('invalid_input')
    }
  })

  it('is plain JSON: nothing is dropped or turned into something else', () => {
    class Point {
      x = 1
    }
    const strange = [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      Symbol('a'),
      () => 1,
      new Date(),
      new Map(),
      new Set(),
    ]
    for (const value of [
      ...strange,
      new Point(),
      /a/,
      new Uint8Array(2),
      new String('a'),
      Promise.resolve(),
      new Array(2),
    ]) {
      expect(refusal({ a: value })).toBe('invalid_input')
      expect(refusal({ a: [value] })).toBe('invalid_input')
    }
    expect(refusal({ toJSON: () => ({}) })).toBe('invalid_input')
  })

  it('may come from another realm, or have no prototype', () => {
    expect(checkMetadata(runInNewContext('({ a: { b: [1] } })'))).toEqual({ a: { b: [1] } })
    expect(checkMetadata(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 })
  })

  it('is an object, and nothing else throws another error', () => {
    for (const value of ANYTHING) expect(['invalid_input', 'nothing']).toContain(refusal(value))
    for (const value of [null, undefined, [], 'a', 1, true, new Date(), new Map()])
      expect(refusal(value)).toBe('invalid_input')
  })
})
