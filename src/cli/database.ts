import { existsSync } from 'node:fs'
import type { Dialect } from '../store/sql/engine.js'
import type { MysqlPool } from '../store/sql/engines/mysql.js'
import type { PgPool } from '../store/sql/engines/pg.js'
import type { SqliteDatabase } from '../store/sql/engines/sqlite.js'
import { mysqlStore } from '../store/sql/mysql.js'
import type { NamingOptions } from '../store/sql/naming.js'
import { postgresStore } from '../store/sql/postgres.js'
import { sqliteStore } from '../store/sql/sqlite.js'
import type { TokenStore } from '../store/store.js'
import { hasDriver, loadDriver } from './drivers.js'
import { Failure } from './failure.js'

/** A store in a database, and what lets go of its connections. */
export interface Database {
  readonly dialect: Dialect
  readonly store: TokenStore
  close(): Promise<void>
}

export interface OpenOptions {
  readonly names: NamingOptions
  /** Whether a file that is not there is made. */
  readonly mayCreate: boolean
}

type Open = (url: string, options: OpenOptions) => Promise<Database>

/** How long a server may take to accept a connection, in milliseconds. */
const PATIENCE = 5000

/** What opens a database, by how its address begins. */
const OPENERS: readonly (readonly [RegExp, Open])[] = [
  [/^postgres(ql)?:\/\//, openPostgres],
  [/^(mysql|mariadb):\/\//, openMysql],
  [/^(?![a-z][a-z0-9+.-]+:)/i, openSqlite],
]

/** Opens the database of a URL, or a file of SQLite. Throws `bad_url` and `no_driver`. */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
  const [, open] = OPENERS.find(([pattern]) => pattern.test(url)) ?? []
  if (open !== undefined && url !== '') return open(url, options)
  throw new Failure('bad_url', 'the database is a postgres:// or mysql:// URL, or the path of a SQLite file')
}

async function openPostgres(url: string, { names }: OpenOptions): Promise<Database> {
  const { Pool } = await loadDriver<Pg>('pg')
  const pool = new Pool({ connectionString: checked(url), connectionTimeoutMillis: PATIENCE, max: 1 })
  // A connection that breaks while nobody uses it is no reason to end.
  pool.on('error', () => {})
  return { dialect: 'postgres', store: postgresStore(pool, names), close: () => pool.end() }
}

async function openMysql(url: string, { names }: OpenOptions): Promise<Database> {
  const { createPool } = await loadDriver<Mysql>('mysql2')
  const uri = checked(url.replace(/^mariadb:/, 'mysql:'))
  const pool = createPool({ uri, connectTimeout: PATIENCE, connectionLimit: 1 })
  return {
    dialect: 'mysql',
    store: mysqlStore(pool, names),
    close: () => new Promise((resolve) => pool.end(() => resolve())),
  }
}

async function openSqlite(file: string, { names, mayCreate }: OpenOptions): Promise<Database> {
  if (!mayCreate && !existsSync(file)) throw new Failure('bad_url', `there is no file ${file}`)
  const db = await openFile(file)
  return {
    dialect: 'sqlite',
    store: sqliteStore(db, names),
    close: async () => void db.close(),
  }
}

/** The host's driver, or else what the runtime brings. */
async function openFile(file: string): Promise<SqliteFile> {
  if (!hasDriver('better-sqlite3')) {
    const builtIn = process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined
    if (builtIn !== undefined) return new builtIn.DatabaseSync(file)
  }
  const Sqlite = await loadDriver<BetterSqlite>('better-sqlite3')
  return new Sqlite(file)
}

/** What a driver says of an address may quote it, with its password. */
function checked(url: string): string {
  if (URL.canParse(url)) return url
  throw new Failure('bad_url', 'the URL of the database cannot be read: is its password percent-encoded?')
}

/** The slices of the drivers that are used here. */
interface Pg {
  readonly Pool: new (options: {
    readonly connectionString: string
    readonly connectionTimeoutMillis: number
    readonly max: number
  }) => PgPool & { on(event: 'error', listener: () => void): unknown; end(): Promise<void> }
}
interface Mysql {
  createPool(options: {
    readonly uri: string
    readonly connectTimeout: number
    readonly connectionLimit: number
  }): MysqlPool & { end(callback: () => void): void }
}
type SqliteFile = SqliteDatabase & { close(): unknown }
interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => SqliteFile
}
type BetterSqlite = new (file: string) => SqliteFile
