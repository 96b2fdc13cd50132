import { describe, expect, it } from 'vitest'
import { checksumOf, fullDdl, MIGRATIONS, type Migration } from '../../../src/store/sql/migrations.js'
import { createNaming } from '../../../src/store/sql/naming.js'
import { schema } from '../../../src/store/sql/schema.js'
import { judgeSchema, schemaError } from '../../../src/store/sql/state.js'

const DIALECTS = ['postgres', 'mysql', 'sqlite'] as const

/** What each migration was when it was published. A checksum that differs here belongs to tables that nobody has. */
const PUBLISHED: Readonly<Record<(typeof DIALECTS)[number], readonly string[]>> = {
  postgres: ['XCDRJzsilohiSz78BLPwNZL6QKcqa-Fsr2xqGjMG4ew'],
  mysql: ['zGcoWUobXczVLsobc8c3rVsm7_Hies9O9Z1gfkrAEZM'],
  sqlite: ['ryfLOBam-W_OnqYPzNJNWt02bITXrv5YnHCAA2i6qAo'],
}

const step = (number: number): Migration => ({ number, name: `step ${number}`, statements: () => [`STEP ${number}`] })
const known = [step(1), step(2)]
const applied = (number: number) => ({ number, checksum: checksumOf('sqlite', step(number)) })
const judge = (things: readonly string[], ...history: readonly { number: number; checksum: string }[]) =>
  judgeSchema('sqlite', ['t.id', 't/by_id'], { things: new Set(things), applied: history }, known)

describe('migrations', () => {
  it.each(DIALECTS)('never change once they are published, on %s', (dialect) => {
    expect(MIGRATIONS.map((migration) => checksumOf(dialect, migration))).toEqual(PUBLISHED[dialect])
  })

  it.each(DIALECTS)('are numbered without gaps and can be printed with the names of the host, on %s', (dialect) => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, i) => i + 1))
    const names = dialect === 'postgres' ? { schema: 'auth' } : { prefix: 'auth_' }
    const printed = schema({ dialect, ...names })
    expect(printed.split(/;\n\n?/).slice(0, -1)).toEqual(fullDdl(dialect, createNaming(dialect, names)))
    expect(printed).not.toContain('tokenloop')
  })

  it('are asked for with names that need no quotes, or not at all', () => {
    for (const names of [{ schema: 'a b' }, { schema: 'a;b' }, { prefix: 'a"' }, { prefix: 'A' }, { schema: '' }]) {
      expect(() => schema({ dialect: 'postgres', ...names })).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    }
  })
})

describe('a schema', () => {
  const all = ['t.id', 't/by_id']

  it('is ready when all took place and all is there', () => {
    expect(judge([...all, 'other.thing'], applied(1), applied(2))).toEqual({ state: 'ready' })
  })

  it('is missing when nothing is there', () => {
    expect(judge(['other.thing'])).toEqual({ state: 'missing' })
  })

  it('is incomplete when a migration, a column or an index is lacking', () => {
    expect(judge(all, applied(1))).toEqual({ state: 'incomplete', pending: [known[1]], lacks: [] })
    expect(judge(all)).toEqual({ state: 'incomplete', pending: known, lacks: [] })
    expect(judge(['t.id'], applied(1), applied(2))).toEqual({ state: 'incomplete', pending: [], lacks: ['t/by_id'] })
  })

  it('is changed when a migration of that number did other things, whatever else is lacking', () => {
    expect(judge(['t.id'], { number: 1, checksum: 'other' })).toEqual({ state: 'changed', number: 1 })
  })

  it('is too new when there is a migration that nobody here knows, whatever else is lacking', () => {
    expect(judge([], applied(1), applied(2), applied(3))).toEqual({ state: 'too new', number: 3 })
  })

  it.each([
    [{ state: 'missing' }, 'schema_missing'],
    [{ state: 'incomplete', pending: known, lacks: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'schema_incomplete'],
    [{ state: 'changed', number: 1 }, 'schema_incomplete'],
    [{ state: 'too new', number: 3 }, 'schema_too_new'],
  ] as const)('that is no good is told with the command: %j', (state, code) => {
    const error = schemaError(state)
    expect(error.code).toBe(code)
    expect(error.message).toContain('npx tokenloop migrate')
    expect(error.message.length).toBeLessThan(200)
  })
})
