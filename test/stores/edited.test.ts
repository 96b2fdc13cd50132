import { describe, expect, it } from 'vitest'
import { GRAMMARS } from '../../src/store/sql/dialect.js'
import type { Value } from '../../src/store/sql/engine.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { createQuery } from '../../src/store/sql/statement.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { type ColumnType, RECORDS } from '../../src/store/sql/tables.js'
import { freshGround, places } from '../support/places.js'
import { codeOf, draft, world } from '../support/world.js'

/** What somebody did to a row: a column, and what it has now; or the rest of the record, with something changed in it. */
type Edit = readonly [string, Value] | ((data: Record<string, unknown>) => unknown)

const EDITS: Readonly<Record<string, Edit>> = {
  'scopes that are no list': ['scopes', '"issues:read"'],
  'scopes that are numbers': ['scopes', '[1]'],
  'roles that are null': ['roles', 'null'],
  'a kind of owner there is none of': ['owner_kind', 'admin'],
  'no owner': ['owner_id', ''],
  'no name': ['name', ''],
  'a negative version': ['version', -1],
  'a version of nothing': ['version', 0],
  'a negative expiry': ['expires_at', -1],
  'a revocation without who and why': ['revoked_at', 1],
  'a pause without who': ['paused_at', 1],
  'a number that is too large': ['expires_at', 2 ** 60],
  'a digest of another length': (data) => ({ ...data, digest: { hash: 'abc', pepper: null } }),
  'no digest': ({ digest: _, ...data }) => data,
  'a member that nobody knows': (data) => ({ ...data, admin: true }),
  'a revocation without its moment': (data) => ({ ...data, revoked: { by: { kind: 'user', id: 'u' }, reason: null } }),
  'metadata with __proto__': (data) =>
    JSON.parse(JSON.stringify(data).replace('"metadata":{', '"metadata":{"__proto__":{"a":1}')),
  'data that is a list': () => [],
  'data that is a text': () => 'data',
  'data that is null': () => null,
}

describe.each(places)('a row that was edited by hand on %s', (place) => {
  it('A20.4 is corrupt, whatever was done to it, and no other is', async () => {
    const { opened, address, ground } = await freshGround(place)
    await migrateGround(ground)
    const { engine } = opened
    const grammar = GRAMMARS[engine.dialect]
    const { tokens, events } = await world((options) => sqlStore(engine, { ...address.names, ...options }))

    const table = ground.naming.table('tokens')
    const set = async (id: string, column: string, value: Value) => {
      const type = RECORDS.token.columns.find(({ name }) => name === column)?.type as ColumnType
      const { statement, bind } = createQuery(
        engine.dialect,
        `UPDATE ${table} SET ${column} = ${grammar.typed(type, ':value')} WHERE id = :id`,
      )
      expect((await engine.run(statement, bind({ value, id }))).changed).toBe(1)
    }
    for (const [what, edit] of Object.entries(EDITS)) {
      const tenant = what
      const [edited, other] = [
        await tokens.issue({ ...draft, tenant }),
        await tokens.issue({ ...draft, tenant, name: 'other' }),
      ]
      const { id } = edited.token
      if (typeof edit === 'function') {
        const [line] = await opened.query(`SELECT data FROM ${table} WHERE id = '${id}'`)
        await set(id, 'data', JSON.stringify(edit(JSON.parse(String(line?.data)))))
      } else await set(id, ...edit)

      events.length = 0
      expect(await tokens.verify(edited.secret), what).toMatchObject({ ok: false, reason: 'unavailable' })
      expect(events.find(({ type }) => type === 'store.corrupt')?.about, what).toBe(id)
      expect(await codeOf(tokens.rotate(id, { by: draft.by })), what).toBe('store_corrupt')
      expect((await tokens.verify(other.secret)).ok, what).toBe(true)
      const { items } = await tokens.list({ tenant })
      expect(
        items.map((item) => item.id),
        what,
      ).toEqual([other.token.id])
    }
  })
})
