/**
 * A store in MySQL or MariaDB, over `mysql2`.
 *
 * @module tokenloop/mysql
 */

import { optionsOf } from '../../core/options.js'
import type { TokenStore } from '../store.js'
import { type MysqlPool, type MysqlPromisePool, mysqlDriver } from './engines/mysql.js'
import { hasMethods, limitsOf, type PooledStoreOptions, wrongDriver } from './options.js'
import { pooledEngine } from './pooled.js'
import { sqlStore } from './store.js'

export type { Dialect } from './engine.js'
export type { MysqlConnection, MysqlField, MysqlPool, MysqlPromisePool, MysqlQuery } from './engines/mysql.js'
export { migrate } from './migrate.js'
export type { NamingOptions } from './naming.js'
export type { PooledStoreOptions, StoreOptions } from './options.js'
export { type SchemaOptions, schema } from './schema.js'

/** The options of `mysqlStore`. */
export interface MysqlStoreOptions extends Omit<PooledStoreOptions, 'schema'> {}

const OPTIONS = optionsOf<MysqlStoreOptions>('mysqlStore', {
  prefix: true,
  clock: true,
  deadline: true,
  maxWaiting: true,
})

/**
 * A store in a MySQL database (8.0 or later) or MariaDB (10.6 or later), over a pool of `mysql2` or `mysql2/promise`.
 *
 * - Each call is one statement, or one short transaction, over a connection of the pool. It takes no part in transactions of the
 *   host, so nothing that the library says depends on how these end. A pool of one connection will do, unless the host holds
 *   that one while it waits for the library.
 * - It is right under any isolation level, `sql_mode` and time zone, and with or without the flag `FOUND_ROWS`.
 * - Lost connections and deadlocks are tried again where nothing can have happened, three times more within 200 ms. What does not
 *   go well then is `unavailable`: never a denial and never an approval.
 * - A write whose answer was lost is looked for before anything is said, so it is told as it happened. A `spend` whose answer was
 *   lost is `unavailable`, and its cost may have been spent; a `touch` may be counted twice, and never moves back.
 *
 * Throws `invalid_option` for options that cannot be used. The tables are made by `migrate`.
 *
 * @example
 * const store = mysqlStore(mysql.createPool({ uri, connectTimeout: 2000 }), { prefix: 'auth_' })
 * await migrate(store)
 */
export function mysqlStore(pool: MysqlPool | MysqlPromisePool, options: MysqlStoreOptions = {}): TokenStore {
  OPTIONS.check(options)
  const limits = limitsOf(options)
  if (!hasMethods(pool, 'getConnection')) throw wrongDriver('pool of mysql2')
  return sqlStore(pooledEngine(mysqlDriver(pool), limits), options)
}
