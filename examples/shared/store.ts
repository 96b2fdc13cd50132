import { memoryStore, type TokenStore } from 'tokenloop'

/** A store, and what lets go of its database. */
export interface OpenStore {
  readonly store: TokenStore
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
  return { store, close: () => pool.end() }
}

async function openMysql(uri: string): Promise<OpenStore> {
  const [{ createPool }, { migrate, mysqlStore }] = await Promise.all([import('mysql2'), import('tokenloop/mysql')])
  const pool = createPool({ uri, connectTimeout: 2000 })
  const store = mysqlStore(pool)
  await migrate(store)
  return { store, close: () => pool.promise().end() }
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
  return {
    store,
    close: async () => {
      db.close()
    },
  }
}
