import type { RowDataPacket } from 'mysql2'
import { memoryStore, type TokenStore } from 'tokenloop'

/** A value in a statement, and a row of its answer. */
export type Value = string | number
export type Row = Readonly<Record<string, unknown>>

/** Runs a statement of the host's own, in the database that its tokens are in too, with `?` for each value. */
export type Query = (text: string, values?: readonly Value[]) => Promise<readonly Row[]>

/** A store, a way into its database, and what lets go of it. */
export interface OpenStore {
  readonly store: TokenStore
  /** Absent in memory. */
  readonly query?: Query
  close(): Promise<void>
}

/** What opens a store, by how `STORE` begins. A driver is loaded when it is asked for. */
const OPENERS: readonly (readonly [RegExp, (choice: string) => Promise<OpenStore>])[] = [
  [/^memory$/, async () => ({ store: memoryStore(), close: async () => {} })],
  [/^postgres(ql)?:\/\//, openPostgres],
  [/^mysql:\/\//, openMysql],
  [/^(?!\w+:\/\/)/, openSqlite],
]

/**
 * The one place that picks the store: `STORE` is `memory`, the path of a SQLite file, or a `postgres://` or `mysql://` URL. Its
 * tables are made, or brought up to date. Throws for what there is no store for.
 */
export async function openStore(choice = 'memory'): Promise<OpenStore> {
  const [, open] = OPENERS.find(([pattern]) => pattern.test(choice)) ?? []
  if (open !== undefined) return open(choice)
  const scheme = choice.slice(0, choice.indexOf('://') + 3)
  throw new Error(`STORE names ${scheme}: leave it unset, or name a SQLite file or a postgres:// or mysql:// URL`)
}

async function openPostgres(connectionString: string): Promise<OpenStore> {
  const [{ default: pg }, { migrate, postgresStore }] = await Promise.all([import('pg'), import('tokenloop/postgres')])
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000 })
  // Else a connection that breaks while nobody uses it would end the process.
  pool.on('error', () => {})
  const store = postgresStore(pool)
  await migrate(store)
  const query: Query = async (text, values = []) => {
    let place = 0
    const { rows } = await pool.query<Row>(
      text.replace(/\?/g, () => `$${++place}`),
      [...values],
    )
    return rows
  }
  return { store, query, close: () => pool.end() }
}

async function openMysql(uri: string): Promise<OpenStore> {
  const [{ createPool }, { migrate, mysqlStore }] = await Promise.all([import('mysql2'), import('tokenloop/mysql')])
  const pool = createPool({ uri, connectTimeout: 2000 })
  const store = mysqlStore(pool)
  await migrate(store)
  const query: Query = async (text, values = []) => {
    const [rows] = await pool.promise().query<RowDataPacket[]>(text, [...values])
    return Array.isArray(rows) ? rows : []
  }
  return { store, query, close: () => pool.promise().end() }
}

async function openSqlite(file: string): Promise<OpenStore> {
  const [{ default: Database }, { migrate, sqliteStore }] = await Promise.all([
    import('better-sqlite3'),
    import('tokenloop/sqlite'),
  ])
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  const store = sqliteStore(db)
  await migrate(store)
  const query: Query = async (text, values = []) => {
    const statement = db.prepare<Value[], Row>(text)
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  }
  return {
    store,
    query,
    close: async () => {
      db.close()
    },
  }
}
