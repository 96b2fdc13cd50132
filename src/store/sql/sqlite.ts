/**
 * A store in SQLite, over `better-sqlite3` or `node:sqlite`.
 *
 * @module tokenloop/sqlite
 */

import { optionsOf } from '../../core/options.js'
import type { TokenStore } from '../store.js'
import { type SqliteDatabase, sqliteEngine } from './engines/sqlite.js'
import { hasMethods, type StoreOptions, wrongDriver } from './options.js'
import { sqlStore } from './store.js'

export type { Dialect } from './engine.js'
export type { SqliteDatabase, SqliteStatement } from './engines/sqlite.js'
export { migrate } from './migrate.js'
export type { NamingOptions } from './naming.js'
export type { StoreOptions } from './options.js'
export { type SchemaOptions, schema } from './schema.js'

/** The options of `sqliteStore`. */
export interface SqliteStoreOptions extends Omit<StoreOptions, 'schema'> {}

const OPTIONS = optionsOf<SqliteStoreOptions>('sqliteStore', { prefix: true, clock: true })

/**
 * A store in a SQLite file, over `better-sqlite3` or `node:sqlite` (Node 22.16 or later).
 *
 * - Several processes may use one file. Let it be in WAL mode then (`PRAGMA journal_mode = WAL`), so that nobody who reads waits
 *   for one who writes.
 * - Each call is one statement, or one short transaction that nothing comes between. While another process writes, or the host has
 *   a transaction open on this very connection, it is tried again, three times more within 200 ms, and blocks the process for 25 ms
 *   at a time. What does not go well then is `unavailable`. A connection of its own is best.
 * - A file that is full or read-only is `unavailable`, and one that has a corrupt page is `store_corrupt`; nothing is half done.
 *
 * Throws `invalid_option` for options that cannot be used. The tables are made by `migrate`.
 *
 * @example
 * const db = new Database('auth.db')
 * db.pragma('journal_mode = WAL')
 * const store = sqliteStore(db)
 * await migrate(store)
 */
export function sqliteStore(db: SqliteDatabase, options: SqliteStoreOptions = {}): TokenStore {
  OPTIONS.check(options)
  if (!hasMethods(db, 'prepare', 'exec')) throw wrongDriver('database of better-sqlite3 or node:sqlite')
  const inFile = !(db.memory ?? db.location?.() === null)
  return sqlStore(sqliteEngine(db), options, { durable: inFile, shared: inFile })
}
