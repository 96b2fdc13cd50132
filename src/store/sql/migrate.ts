import { TokenloopError } from '../../core/errors.js'
import type { TokenStore } from '../store.js'
import { mendingDdl, schemaDdl, standsAlone, tableDdl } from './ddl.js'
import { systemTiming } from './deadline.js'
import type { Dialect, Engine, Statement, Value } from './engine.js'
import { type Ground, groundOf } from './ground.js'
import { HISTORY, MIGRATIONS, type Migration, statementsOf } from './migrations.js'
import { type Found, findSchema, judgeSchema, schemaError } from './state.js'
import { BROKEN, expectedThings, SCHEMA } from './things.js'

/** How often it is tried while the database is busy, and the longest wait in between, in milliseconds. */
const TRIES = 20
const WAIT = 500

/** Any number will do that nobody else locks. */
const LOCK = 0x746f6b65

/**
 * Makes the tables of a store, or brings them up to date. Many nodes may do so at once, and one that is killed is finished by the
 * next: on PostgreSQL and SQLite all takes place in one transaction, on MySQL each statement may run again; so may, on PostgreSQL,
 * what is made of tables that have rows, while those who write go on.
 *
 * Answers the names of the migrations that took place, by this node or another one, while it looked; none where the schema was up
 * to date. Rejects with `schema_too_new`, with `schema_incomplete` where the tables are not what their migrations made, with
 * `unavailable`, and with `invalid_option` for a store without tables.
 *
 * @example
 * const store = postgresStore(pool, { schema: 'auth' })
 * await migrate(store)
 */
export const migrate = async (store: TokenStore): Promise<readonly string[]> => migrateGround(groundOf(store))

/** As `migrate`, for what a store stands on. */
export async function migrateGround(ground: Ground): Promise<readonly string[]> {
  const { dialect } = ground.engine
  const expected = expectedThings(dialect, ground.naming)
  const done = new Set<string>()
  let isMended = false
  for (let tries = 1; ; tries++) {
    try {
      const found = await findSchema(ground)
      const state = judgeSchema(dialect, expected, found)
      if (state.state === 'ready') return [...done]
      if (state.state === 'changed' || state.state === 'too new') throw schemaError(state)
      const pending = state.state === 'missing' ? MIGRATIONS : state.pending
      // Tables, indexes and the ends of the feed come back where they were lost, once; a column of a table that is there does not.
      if (pending.length === 0 && isMended) throw schemaError(state)
      await apply(ground, pending, found)
      isMended ||= pending.length === 0
      for (const { name } of pending) done.add(name)
    } catch (error) {
      const isBusy = error instanceof TokenloopError && error.code === 'unavailable'
      if (!isBusy || tries === TRIES) throw error
      await new Promise<void>((resolve) => systemTiming.after(systemTiming.random() * WAIT, resolve))
    }
  }
}

async function apply({ engine, naming }: Ground, pending: readonly Migration[], { things }: Found): Promise<void> {
  const { dialect } = engine
  const texts = [
    ...(naming.schema === undefined || things.has(SCHEMA) ? [] : [schemaDdl(naming.schema)]),
    ...tableDdl(dialect, naming, HISTORY),
    ...(pending.length === 0 ? mendingDdl(dialect, naming, brokenOf(things)) : statementsOf(dialect, naming, pending)),
  ]
  await APPLY[dialect](
    engine,
    texts.map((text) => ({ name: '', text })),
  )
}

const brokenOf = (things: Found['things']): readonly string[] =>
  [...things].flatMap((thing) => (thing.startsWith(BROKEN) ? [thing.slice(BROKEN.length)] : []))

type Apply = (engine: Engine, statements: readonly Statement[]) => Promise<unknown>

const deadline = 60_000
/** For what goes through all rows of a table. */
const long = 3_600_000
const values: readonly Value[] = []

const oneByOne = async (engine: Engine, statements: readonly Statement[], deadline: number) => {
  for (const statement of statements) await engine.run(statement, values, { repeatable: true, deadline })
}

const atOnce: Apply = (engine, statements) =>
  engine.batch(
    statements.map((statement) => ({ statement, values })),
    { deadline },
  )

/** How several nodes and several statements are kept together. */
const APPLY: { readonly [D in Dialect]: Apply } = {
  // Without the lock two that make the same schema at once collide in the catalogue.
  async postgres(engine, statements) {
    for (const part of runsOf(statements, ({ text }) => standsAlone(text))) {
      if (part.holds) await oneByOne(engine, part.items, long)
      else await atOnce(engine, [{ name: '', text: `SELECT pg_advisory_xact_lock(${LOCK})` }, ...part.items])
    }
  },
  sqlite: atOnce,
  // Each statement commits by itself.
  mysql: (engine, statements) => oneByOne(engine, statements, deadline),
}

/** What follows one another and is alike, in order. */
function runsOf<T>(items: readonly T[], holds: (item: T) => boolean) {
  const runs: { readonly holds: boolean; readonly items: T[] }[] = []
  for (const item of items) {
    const last = runs.at(-1)
    if (last?.holds === holds(item)) last.items.push(item)
    else runs.push({ holds: holds(item), items: [item] })
  }
  return runs
}
