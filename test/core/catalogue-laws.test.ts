import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Catalogue, defineCatalogue } from '../../src/core/catalogue.js'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const some = fc.subarray(NAMES)

/** A catalogue of eight scopes that imply each other at random, circles included, with two roles. */
const anyCatalogue = fc
  .tuple(
    fc.array(fc.subarray(NAMES, { maxLength: 3 }), { minLength: 8, maxLength: 8 }),
    fc.subarray(NAMES, { minLength: 1 }),
  )
  .map(([implied, role]): Catalogue => {
    const definitions = NAMES.map((name, i) => [name, { description: name, implies: implied[i] ?? [] }] as const)
    return defineCatalogue<string, string>(Object.fromEntries(definitions), { roles: { some: role, every: 'all' } })
  })

const within = (part: readonly string[], whole: readonly string[]) => part.every((name) => whole.includes(name))

describe('the laws of every catalogue', () => {
  it('narrowing is monotone: less asked for or a lower ceiling never gives more', () => {
    fc.assert(
      fc.property(anyCatalogue, some, some, some, some, (catalogue, scopes, moreScopes, ceiling, moreCeiling) => {
        const less = catalogue.narrow(scopes, ceiling)
        const more = catalogue.narrow([...scopes, ...moreScopes], [...ceiling, ...moreCeiling])
        expect(within(less, more)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('narrowing never gives more than was asked for, nor more than the ceiling', () => {
    fc.assert(
      fc.property(anyCatalogue, some, some, (catalogue, scopes, ceiling) => {
        const given = catalogue.narrow(scopes, ceiling)
        expect(within(given, catalogue.resolve(scopes))).toBe(true)
        expect(catalogue.covers(ceiling, given)).toBe(true)
      }),
    )
  })

  it('narrowing twice is narrowing once, and order plays no part', () => {
    fc.assert(
      fc.property(anyCatalogue, some, some, (catalogue, scopes, ceiling) => {
        const given = catalogue.narrow(scopes, ceiling)
        expect(catalogue.narrow(given, ceiling)).toEqual(given)
        expect(catalogue.narrow([...scopes].reverse(), [...ceiling].reverse())).toEqual(given)
        expect(catalogue.narrow(ceiling, scopes)).toEqual(given)
        expect(catalogue.resolve(given)).toEqual(given)
      }),
    )
  })

  it('resolving adds what is implied, once and for all, and covers exactly that', () => {
    fc.assert(
      fc.property(anyCatalogue, some, (catalogue, scopes) => {
        const held = catalogue.resolve(scopes)
        expect(within(scopes, held)).toBe(true)
        expect(catalogue.resolve(held)).toEqual(held)
        for (const name of NAMES) expect(catalogue.covers(scopes, [name])).toBe(held.includes(name))
      }),
    )
  })

  it('a role gives what its scopes give', () => {
    fc.assert(
      fc.property(anyCatalogue, some, (catalogue, scopes) => {
        expect(within(catalogue.resolve(scopes), catalogue.resolve(scopes, ['some']))).toBe(true)
        expect(catalogue.resolve(scopes, ['every'])).toEqual(NAMES)
        expect(catalogue.resolve(scopes, ['none'])).toEqual(catalogue.resolve(scopes))
      }),
    )
  })

  it('what is formatted is parsed into the same', () => {
    fc.assert(
      fc.property(anyCatalogue, some, (catalogue, scopes) => {
        expect(catalogue.parse(catalogue.format(scopes))).toEqual({ ok: true, scopes })
        expect(catalogue.parse(scopes)).toEqual({ ok: true, scopes })
      }),
    )
  })

  it('text of any kind is parsed into known scopes or refused, and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...NAMES, '', '\t', 'é')).map((a) => a.join(' ')),
    )
    fc.assert(
      fc.property(anyCatalogue, fc.oneof(text, fc.anything()), (catalogue, value) => {
        const parsed = catalogue.parse(value)
        if (parsed.ok) expect(within(parsed.scopes, NAMES)).toBe(true)
        else expect(parsed.which ?? '').toMatch(/^[\x21\x23-\x5b\x5d-\x7e]*$/)
      }),
      { numRuns: 1000 },
    )
  })

  it('hold for a hundred scopes, and for thousands of different sets of them', () => {
    const names = Array.from({ length: 100 }, (_, i) => `scope:${i}`)
    const implied = (i: number) => (i % 10 === 0 ? [] : [`scope:${i - 1}`])
    const big = defineCatalogue<string, never>(
      Object.fromEntries(names.map((name, i) => [name, { description: name, implies: implied(i) }])),
    )
    const ten = (i: number) => names.slice(i - (i % 10), i + 1)
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 100; j++) {
        const both = new Set([...ten(i), ...ten(j)])
        expect(big.resolve([`scope:${j}`, `scope:${i}`])).toEqual(names.filter((name) => both.has(name)))
        expect(big.covers([`scope:${i}`], [`scope:${j}`])).toBe(ten(i).includes(`scope:${j}`))
      }
    }
  })
})
