import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
import pg from 'pg'
import type { Engine, Line } from '../../src/store/sql/engine.js'
import { mysqlDriver } from '../../src/store/sql/engines/mysql.js'
import { pgDriver } from '../../src/store/sql/engines/pg.js'
import { pgliteEngine } from '../../src/store/sql/engines/pglite.js'
import { type SqliteDatabase, sqliteEngine } from '../../src/store/sql/engines/sqlite.js'
import type { Ground } from '../../src/store/sql/ground.js'
import { createNaming, type NamingOptions } from '../../src/store/sql/naming.js'
import { type Pool, pooledEngine } from '../../src/store/sql/pooled.js'
import { urlOf } from './reach.js'

/** The databases that tests run on. */
export const PLACES = ['SQLite', 'PGlite', 'PostgreSQL', 'MariaDB'] as const
export type Place = (typeof PLACES)[number]

/** Where the tables of one store are, in words that another process understands. */
export interface Address {
  readonly place: Place
  readonly names: NamingOptions
  /** The file of SQLite. */
  readonly file?: string
}

/** A database with connections of its own. */
export interface Opened {
  readonly engine: Engine
  /** A statement of the test itself. */
  query(text: string): Promise<readonly Line[]>
  close(): Promise<void>
}

const options = { deadline: 10_000, maxWaiting: 10_000 }
/** Connections that each process opens to a server at the most. */
const CONNECTIONS = 8

const opened = (engine: Engine, close: () => Promise<unknown>): Opened => ({
  engine,
  query: async (text) => (await engine.run({ name: '', text }, [], { deadline: 60_000 })).lines,
  close: async () => {
    await close()
  },
})

/** What happens after each statement that a database has run, those of transactions included. */
export type After = () => void

const OPEN: { readonly [P in Place]: (after: After, file: string | undefined) => Opened } = {
  SQLite(after, file = ':memory:') {
    const db = new Database(file)
    // A store that several processes use: readers and the one writer are not in each other's way.
    db.pragma('journal_mode = WAL')
    return opened(sqliteEngine(heeding(db, after)), async () => db.close())
  },
  PGlite() {
    const db = new PGlite()
    return opened(pgliteEngine(db, options), () => db.close())
  },
  PostgreSQL(after) {
    const pool = new pg.Pool({ connectionString: urlOf('PostgreSQL'), max: CONNECTIONS })
    pool.on('error', () => {})
    return opened(pooledEngine(watched(pgDriver(pool, true), after), options), () => pool.end())
  },
  MariaDB(after) {
    const pool = mysql.createPool({ uri: urlOf('MariaDB'), connectionLimit: CONNECTIONS })
    return opened(pooledEngine(watched(mysqlDriver(pool), after), options), () => pool.promise().end())
  },
}

const watched = (pool: Pool, after: After): Pool => ({
  ...pool,
  async connect() {
    const connection = await pool.connect()
    const then = <T>(answer: T): T => {
      after()
      return answer
    }
    return {
      query: async (...args) => then(await connection.query(...args)),
      command: async (...args) => then(await connection.command(...args)),
      giveBack: () => connection.giveBack(),
      discard: () => connection.discard(),
    }
  },
})

/** SQLite is asked by its statements. */
function heeding(db: Database.Database, after: After): SqliteDatabase {
  const then = <T>(answer: T): T => {
    after()
    return answer
  }
  return {
    get inTransaction() {
      return db.inTransaction
    },
    exec: (text) => then(db.exec(text)),
    prepare(text) {
      const statement = db.prepare<unknown[]>(text)
      return {
        all: (...values) => then(statement.all(...values)),
        run: (...values) => then(statement.run(...values)),
        reader: statement.reader,
        columns: () => statement.columns(),
        safeIntegers: (on) => statement.safeIntegers(on),
      }
    },
  }
}

/** Opens the database of an address. */
export const open = ({ place, file }: Pick<Address, 'place' | 'file'>, after: After = () => {}): Opened =>
  OPEN[place](after, file)

/** What a store stands on there. */
export const groundAt = ({ engine }: Opened, names: NamingOptions): Ground => ({
  engine,
  naming: createNaming(engine.dialect, names),
})

/** Begins the names of all that the tests make on a server, before the time when they did. */
export const MARK = 't_'

/** Names that no other test uses. */
export function freshNames(place: Place): NamingOptions {
  const unique = `${MARK}${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`
  return place === 'PostgreSQL' || place === 'PGlite' ? { schema: unique } : { prefix: `${unique}_` }
}

/** A file of SQLite in a folder of its own, and what removes it. */
export async function freshFile(): Promise<{ readonly file: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenloop-'))
  return { file: join(folder, 'store.db'), remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Removes the tables of names, wherever they are. */
export async function drop({ engine, query }: Opened, { schema, prefix }: NamingOptions): Promise<void> {
  if (schema !== undefined) return void (await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))
  if (engine.dialect === 'sqlite') return
  const tables = await query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, ${prefix?.length}) = '${prefix}'`,
  )
  if (tables.length > 0) await query(`DROP TABLE ${tables.map(({ name }) => name).join(', ')}`)
}
