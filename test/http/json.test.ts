import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/http/management/json.js'

const parse = (text: string) => parseJson(new TextEncoder().encode(text))

/** JSON whose objects may name members twice, with whether any does. */
const { text: anyJson } = fc.letrec<{ text: { text: string; twice: boolean } }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 0 }).map((value) => ({ text: JSON.stringify(value), twice: false })),
    fc.array(tie('text'), { maxLength: 4 }).map((items) => ({
      text: `[${items.map(({ text }) => text).join(' , ')}]`,
      twice: items.some(({ twice }) => twice),
    })),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '"', '{', '\\', '\u0000', '__proto__'), tie('text')), { maxLength: 4 })
      .map((members) => ({
        text: `{${members.map(([name, { text }]) => `\n${JSON.stringify(name)}: ${text}`).join(',')}}`,
        twice: new Set(members.map(([name]) => name)).size < members.length || members.some(([, { twice }]) => twice),
      })),
  ),
}))

describe('strict JSON', () => {
  it('is taken exactly where every member is named once', () => {
    fc.assert(
      fc.property(anyJson, ({ text, twice }) => {
        if (twice) expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid_json' }))
        else expect(parse(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('whatever comes is JSON or a typed refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_json' })
        }
      }),
    )
  })
})
