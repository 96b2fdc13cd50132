import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/core/time.js'
import { memoryStore } from '../../src/store/memory.js'
import type { Line, Value } from '../../src/store/sql/engine.js'
import type { Ground } from '../../src/store/sql/ground.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { FEED, TABLES } from '../../src/store/sql/tables.js'
import type { TokenStore } from '../../src/store/store.js'
import { drop, freshNames, groundAt, type Place } from './engines.js'
import { atEnd, keptAt, places } from './places.js'

const STAND_INS = ['memory', 'SQLite', 'PGlite', 'MariaDB']

export interface StoreOfTests {
  readonly name: string
  /** An empty store, for a test or a hook to use until the test, or all tests of the file, are over. */
  readonly make: (options?: { readonly clock?: Clock }) => TokenStore | Promise<TokenStore>
}

/** Every store there is. */
export const everyStore: readonly StoreOfTests[] = [
  { name: 'memory', make: (options) => memoryStore(options) },
  ...places.map(
    (place): StoreOfTests => ({ name: place, make: async (options) => sqlStoreOn(await leased(place), options) }),
  ),
]

const named = (names: readonly string[]) => everyStore.filter(({ name }) => names.includes(name))

/** For tests that hold on each store. PGlite, which takes its time, stands in for PostgreSQL where that was not reached. */
export const stores = named(places.includes('PostgreSQL') ? ['memory', 'SQLite', 'PostgreSQL', 'MariaDB'] : STAND_INS)

/** For tests that look at what the library does around a store, and of which there are many. */
export const nearStores = named(['memory', 'SQLite'])

const grounds = new WeakMap<TokenStore, Ground>()

function sqlStoreOn(ground: Ground, options: { readonly clock?: Clock } = {}): TokenStore {
  const { schema, prefix } = ground.naming
  const store = sqlStore(ground.engine, { ...options, prefix, ...(schema !== undefined && { schema }) })
  grounds.set(store, ground)
  return store
}

/** Empty tables that no test has at the moment: to make new ones takes longer than to empty them. */
const free = new Map<Place, Ground[]>(places.map((place) => [place, []]))

async function leased(place: Place): Promise<Ground> {
  const ground = free.get(place)?.pop() ?? (await made(place))
  onTestFinished(async () => {
    await empty(ground)
    free.get(place)?.push(ground)
  })
  return ground
}

async function made(place: Place): Promise<Ground> {
  const names = freshNames(place)
  const opened = keptAt(place)
  atEnd(() => drop(opened, names))
  const ground = groundAt(opened, names)
  await migrateGround(ground)
  return ground
}

async function empty({ engine, naming }: Ground): Promise<void> {
  const tables = TABLES.filter((table) => table !== FEED).map(({ name }) => `DELETE FROM ${naming.table(name)}`)
  const texts = [...tables, `UPDATE ${naming.table(FEED.name)} SET number = 0`]
  await engine.batch(texts.map((text) => ({ statement: { name: '', text }, values: [] })))
}

/** Every row of the tables of a store that has such. */
export async function rowsOf(store: TokenStore): Promise<readonly Line[]> {
  const ground = grounds.get(store)
  if (ground === undefined) return []
  const { engine, naming } = ground
  const rows: Line[] = []
  for (const { name } of TABLES) {
    const { lines } = await engine.run({ name: '', text: `SELECT * FROM ${naming.table(name)}` }, [])
    rows.push(...lines)
  }
  return rows
}

/** Remembers all rows of a store, and returns what puts them back in place of those that are there then: a backup, or a replica. */
export async function backedUp(store: TokenStore): Promise<() => Promise<void>> {
  const ground = grounds.get(store)
  if (ground === undefined) throw new Error('this store has no tables')
  const { engine, naming } = ground
  const names = TABLES.map(({ name }) => naming.table(name))
  const kept = await Promise.all(
    names.map(async (name) => ({ name, lines: (await engine.run(bare(`SELECT * FROM ${name}`), [])).lines })),
  )
  const placeholder = (i: number) => (engine.dialect === 'postgres' ? `$${i + 1}` : '?')
  const insert = (name: string, line: Line) => {
    const columns = Object.keys(line)
    const into = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map((_, i) => placeholder(i)).join(', ')})`
    return { statement: bare(into), values: Object.values(line) as Value[] }
  }
  return async () => {
    const removals = names.map((name) => ({ statement: bare(`DELETE FROM ${name}`), values: [] }))
    await engine.batch([...removals, ...kept.flatMap(({ name, lines }) => lines.map((line) => insert(name, line)))])
  }
}

const bare = (text: string) => ({ name: '', text })
