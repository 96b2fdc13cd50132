/**
 * A store in PostgreSQL, over `pg` or PGlite.
 *
 * @module tokenloop/postgres
 */

import { optionsOf } from '../../core/options.js'
import type { TokenStore } from '../store.js'
import { type PgPool, pgDriver } from './engines/pg.js'
import { type PGliteDatabase, pgliteEngine } from './engines/pglite.js'
import { hasMethods, limitsOf, type PooledStoreOptions, wrongDriver } from './options.js'
import { pooledEngine } from './pooled.js'
import { sqlStore } from './store.js'

export type { Dialect, Value } from './engine.js'
export type { PgClient, PgPool, PgQuery, PgResult } from './engines/pg.js'
export type { Parser } from './engines/pg-types.js'
export type { PGliteDatabase, PGliteQueries, PGliteResult, PGliteTransaction } from './engines/pglite.js'
export { migrate } from './migrate.js'
export type { NamingOptions } from './naming.js'
export type { PooledStoreOptions, StoreOptions } from './options.js'
export { type SchemaOptions, schema } from './schema.js'

/** The options of `postgresStore`. */
export interface PostgresStoreOptions extends PooledStoreOptions {
  /** `false` prepares no statements, for poolers in transaction mode that cannot keep them (PgBouncer before 1.21). */
  readonly prepare?: boolean
}

const OPTIONS = optionsOf<PostgresStoreOptions>('postgresStore', {
  schema: true,
  prefix: true,
  clock: true,
  deadline: true,
  maxWaiting: true,
  prepare: true,
})

/**
 * A store in a PostgreSQL database: of `pg`, of any pool with its interface, or of PGlite.
 *
 * - Each call is one statement in a transaction of its own, over a connection of the pool. It takes no part in transactions of the
 *   host, so nothing that the library says depends on how these end. A pool of one connection will do, unless the host holds
 *   that one while it waits for the library.
 * - Lost connections, deadlocks and serialization failures are tried again where nothing can have happened, three times more
 *   within 200 ms. What does not go well then is `unavailable`: never a denial and never an approval.
 * - A write whose answer was lost is looked for before anything is said, so it is told as it happened. A `spend` whose answer was
 *   lost is `unavailable`, and its cost may have been spent; a `touch` may be counted twice, and never moves back.
 * - Give the pool a `connectionTimeoutMillis`, without which `pg` waits for ever for a server that accepts and says nothing.
 *
 * Throws `invalid_option` for options that cannot be used. The tables are made by `migrate`.
 *
 * @example
 * const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000 })
 * const store = postgresStore(pool, { schema: 'auth' })
 * await migrate(store)
 */
export function postgresStore(pool: PgPool | PGliteDatabase, options: PostgresStoreOptions = {}): TokenStore {
  OPTIONS.check(options)
  const limits = limitsOf(options)
  if (isPGlite(pool)) return sqlStore(pgliteEngine(pool, limits), options, { durable: isInFiles(pool), shared: false })
  if (!hasMethods(pool, 'connect')) throw wrongDriver('Pool of pg, and no PGlite')
  return sqlStore(pooledEngine(pgDriver(pool, options.prepare !== false), limits), options)
}

/** PGlite without a directory keeps all in memory. */
const isInFiles = ({ dataDir }: PGliteDatabase) => typeof dataDir === 'string' && !dataDir.startsWith('memory://')

const isPGlite = (pool: PgPool | PGliteDatabase): pool is PGliteDatabase => hasMethods(pool, 'transaction', 'query')
