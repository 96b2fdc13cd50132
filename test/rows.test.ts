import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import ids from './row-ids.json' with { type: 'json' }
import json from './rows.json' with { type: 'json' }
import { idsByFile, idsOf } from './titles.js'

/**
 * A row of the catalogue of hostile inputs, faults and races: held up by tests, waiting for a part of the product, or both where
 * a part of it waits; or not applicable, with the reason.
 */
interface Row {
  readonly title: string
  readonly test?: string
  readonly tests?: readonly string[]
  readonly later?: string
  readonly notApplicable?: string
}

const rows: Readonly<Record<string, Row>> = json
const held = idsByFile()
const testsOf = ({ test, tests = [] }: Row) => (test === undefined ? tests : [test, ...tests])
const pages = fileURLToPath(new URL('../../shared/reference/', import.meta.url))

describe('the rows of the catalogue', () => {
  it('are all there, once, and there is none beside them', () => {
    expect(Object.keys(rows)).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(300)
  })

  if (existsSync(pages))
    it('are those of the pages that lie beside the project', () => {
      const read = (page: string) => readFileSync(pages + page, 'utf8').matchAll(/^\| (A\d+\.\d+|R\d+) \|/gm)
      const found = ['hostile-input.md', 'faults-and-races.md'].flatMap((page) => [...read(page)].map(([, id]) => id))
      expect(ids).toEqual(found)
    })

  it('each say what they are about, and where they stand', () => {
    const wrong = Object.entries(rows).filter(([, row]) => {
      const tested = testsOf(row).length > 0
      const stands = tested || (row.later ?? '') !== '' || (row.notApplicable ?? '') !== ''
      return row.title === '' || !stands || (row.notApplicable !== undefined && (tested || row.later !== undefined))
    })
    expect(wrong).toEqual([])
  })

  it('are held up by a test of that id in each file that they name', () => {
    const missing = Object.entries(rows).flatMap(([id, row]) =>
      testsOf(row)
        .filter((file) => !held.get(file)?.has(id))
        .map((file) => `${id}: ${file}`),
    )
    expect(missing).toEqual([])
  })

  it('name each file that has a test of that id', () => {
    const unnamed = [...held].flatMap(([file, ids]) =>
      [...ids].filter((id) => !testsOf(rows[id] ?? { title: '' }).includes(file)).map((id) => `${id}: ${file}`),
    )
    expect(unnamed).toEqual([])
  })
})

describe('the ids of a title', () => {
  it.each([
    ['A1.2 a token with a changed character', ['A1.2']],
    ['A1.2, A1.4 both', ['A1.2', 'A1.4']],
    ['R8 A20.19 both', ['R8', 'A20.19']],
    ['R67: one', ['R67']],
    ['a token as in A1.2', []],
    ['A1.2nd', []],
    ['CL4 a promise of a product', []],
  ])('"%s"', (title, ids) => {
    expect(idsOf(title)).toEqual(ids)
  })
})
