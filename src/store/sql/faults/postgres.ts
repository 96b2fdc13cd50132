import { type DriverError, driverError, type FaultTable, type Finding, REFUSED } from '../faults.js'

/** By SQLSTATE, or by its class (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const FAULTS: FaultTable = {
  '40001': ['conflict', 'the transaction could not be serialized'],
  '40P01': ['conflict', 'the transaction was part of a deadlock'],
  '55P03': ['conflict', 'a lock was not to be had in time'],
  '53300': ['unsent', 'the database has too many connections'],
  '57P03': ['unsent', 'the database is starting or stopping'],
  // A prepared statement that this server does not know, has under another shape, or knows already: a pooler is in between.
  '26000': ['unsent', 'a prepared statement is not there; behind a transaction-mode pooler turn `prepare` off'],
  '42P05': ['unsent', 'a prepared statement is there already; behind a transaction-mode pooler turn `prepare` off'],
  '0A000': ['unsent', 'a prepared statement no longer fits its tables'],
  '08': ['lost', 'the connection was lost'],
  '40003': ['lost', 'the connection was lost'],
  '57P01': ['lost', 'the connection was ended by the database'],
  '57P02': ['lost', 'the database crashed'],
  '57P05': ['lost', 'the connection was ended by the database'],
  '25P03': ['lost', 'the connection was ended by the database'],
  '23505': ['duplicate', 'a unique key is taken'],
  '3F000': ['refused', 'the schema is not there'],
  '42P01': ['refused', 'a table is not there'],
  '42703': ['refused', 'a column is not there'],
  XX001: ['corrupt', 'a page of the database is corrupt'],
  XX002: ['corrupt', 'an index of the database is corrupt'],
  '25006': ['readonly', 'the database is read-only'],
  '42501': ['refused', 'the database user may not do that'],
  '53100': ['refused', 'the disk of the database is full'],
  '53200': ['refused', 'the database is out of memory'],
  '57014': ['refused', 'the statement took too long, or was cancelled'],
  '58030': ['refused', 'the database cannot read or write its files'],
}

interface PgError extends DriverError {
  readonly severity: unknown
  readonly constraint: unknown
}

/** What an error of `pg` or PGlite means, for a statement that was sent. */
export function findPostgres(error: unknown): Finding {
  const { code, severity, message, constraint } = driverError<PgError>(error)
  if (typeof code !== 'string' || severity === undefined) {
    // Not of the database but of the driver: nothing was sent where it says so.
    const isUnsent = String(message).endsWith('not queryable')
    return { fault: isUnsent ? 'unsent' : 'lost', words: 'the connection was lost' }
  }
  const [fault, words] = FAULTS[code] ?? FAULTS[code.slice(0, 2)] ?? REFUSED
  if (fault !== 'duplicate') return { fault, words }
  const key = String(constraint)
  return { fault, words, key, isPrimary: /_pk(?:ey)?$/.test(key) }
}
