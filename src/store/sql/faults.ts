import { TokenloopError } from '../../core/errors.js'

/**
 * What a failed call means for the one who made it.
 *
 * | fault | what happened | what follows |
 * |---|---|---|
 * | `conflict` | nothing: it lost against another transaction, or waited for a lock in vain | it is tried again |
 * | `unsent` | nothing: it did not reach the database, or over a connection that is of no use | it is tried again, over another connection |
 * | `lost` | unknown: the connection went away after it was sent | `AnswerLost`, unless it may be repeated |
 * | `duplicate` | nothing: a unique key is taken | `DuplicateKey` |
 * | `corrupt` | nothing: the database cannot read what it wrote | `store_corrupt` |
 * | `readonly` | nothing: this server only reads, and another one may write | `unavailable`, and the next call gets another connection |
 * | `refused` | nothing: the database said no, and would say so again | `unavailable` |
 */
export type Fault = 'conflict' | 'unsent' | 'lost' | 'duplicate' | 'corrupt' | 'readonly' | 'refused'

/** A fault in words, and for a duplicate the unique key that is taken. */
export interface Finding {
  readonly fault: Fault
  readonly words: string
  readonly key?: string
  readonly isPrimary?: boolean
}

/** The faults of a dialect by the codes of its errors. */
export type FaultTable = Readonly<Record<string, readonly [Fault, string]>>

/** What is in no table: the database said no to something. */
export const REFUSED = ['refused', 'the database refused'] as const

/** Nothing has happened, and a second try may go well. */
export class Undone extends TokenloopError {
  constructor(words: string, cause?: unknown) {
    super('unavailable', words, { cause })
  }
}

/** The connection went away, or the deadline passed, after a statement was sent: it may have taken place. */
export class AnswerLost extends TokenloopError {
  /** Whether it was the deadline that passed. */
  readonly isLate: boolean

  constructor(words: string, isLate: boolean, cause?: unknown) {
    super('unavailable', words, { cause })
    this.isLate = isLate
  }
}

/** A unique key is taken; nothing has happened. */
export class DuplicateKey extends TokenloopError {
  /** The constraint on PostgreSQL, the index on MySQL, the columns (`table.column, …`) on SQLite. */
  readonly key: string
  /** Whether it is the primary key of the table. */
  readonly isPrimary: boolean

  constructor(key: string, isPrimary: boolean, cause?: unknown) {
    super('unavailable', `a row with the same ${key} is there already`, { cause })
    this.key = key
    this.isPrimary = isPrimary
  }
}

/** What a driver throws, as far as its faults are told apart. */
export interface DriverError {
  readonly code?: unknown
  readonly errno?: unknown
  readonly message?: unknown
}

/** Anything that was thrown, as an object one can look into. */
export const driverError = <E extends DriverError>(error: unknown): Partial<E> =>
  typeof error === 'object' && error !== null ? error : {}

/** The error that tells of a finding. */
export function errorOf({ fault, words, key = 'key', isPrimary = false }: Finding, error: unknown): TokenloopError {
  switch (fault) {
    case 'conflict':
    case 'unsent':
      return new Undone(words, causeOf(error))
    case 'lost':
      return new AnswerLost(words, false, causeOf(error))
    case 'duplicate':
      return new DuplicateKey(key, isPrimary, causeOf(error, words))
    case 'corrupt':
      return new TokenloopError('store_corrupt', words, { cause: causeOf(error) })
    default:
      return new TokenloopError('unavailable', words, { cause: causeOf(error) })
  }
}

/** The code and the words of a driver, without what drivers add: statements, values and rows. */
function causeOf(error: unknown, words?: string): Error {
  const { code, message } = driverError(error)
  return Object.assign(new Error(words ?? String(message ?? error)), { code })
}
