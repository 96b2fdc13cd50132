import { TokenloopError } from '../../core/errors.js'
import { type Clock, type Duration, delay } from '../../core/time.js'
import type { NamingOptions } from './naming.js'

/** What every SQL store can be told. */
export interface StoreOptions extends NamingOptions {
  /** Tells the store's time; by default the database does, and SQLite's is that of the process. */
  readonly clock?: Clock
}

/** The same where calls wait for a connection. */
export interface PooledStoreOptions extends StoreOptions {
  /**
   * How long a statement may take, from waiting for a connection to its answer; `'5s'` by default. A connection that does not
   * answer by then is closed, and the call is `unavailable`. A write whose answer is lost is looked for, which has as long again.
   */
  readonly deadline?: Duration
  /** How many calls may wait for a connection at once; 10,000 by default. What comes on top is `unavailable` at once. PGlite has no limit. */
  readonly maxWaiting?: number
}

/** The limits of a pool in numbers. Throws `invalid_option`. */
export function limitsOf({ deadline = '5s', maxWaiting = 10_000 }: PooledStoreOptions) {
  if (!Number.isSafeInteger(maxWaiting) || maxWaiting < 1) {
    throw new TokenloopError('invalid_option', 'maxWaiting must be a whole number, at least 1')
  }
  return { deadline: delay(deadline, 'deadline'), maxWaiting }
}

/** Whether something has methods of these names. */
export const hasMethods = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function')

export const wrongDriver = (expected: string) =>
  new TokenloopError('invalid_option', `the first argument is no ${expected}`)
