import { TokenloopError } from '../../core/errors.js'
import type { TokenStore } from '../store.js'
import type { Engine } from './engine.js'
import type { Naming } from './naming.js'

/** What a store of the library stands on: a database, and a place in it. */
export interface Ground {
  readonly engine: Engine
  readonly naming: Naming
}

const grounds = new WeakMap<TokenStore, Ground>()

/** Remembers what a store stands on. Answers the store. */
export function settle(store: TokenStore, ground: Ground): TokenStore {
  grounds.set(store, ground)
  return store
}

/** What a store stands on. Throws `invalid_option` for one that stands on no tables of the library. */
export function groundOf(store: TokenStore): Ground {
  const ground = grounds.get(store)
  if (ground !== undefined) return ground
  throw new TokenloopError('invalid_option', 'only what postgresStore, mysqlStore and sqliteStore return has a schema')
}
