import { type DriverError, driverError, type FaultTable, type Finding, REFUSED } from '../faults.js'

/** By the number of the server's error; MySQL and MariaDB agree on those that both have. */
const FAULTS: FaultTable = {
  1020: ['conflict', 'the row has changed since it was read'],
  1205: ['conflict', 'a lock was not to be had in time'],
  1213: ['conflict', 'the transaction was part of a deadlock'],
  1040: ['unsent', 'the database has too many connections'],
  1203: ['unsent', 'the database user has too many connections'],
  1226: ['unsent', 'the database user has too many connections'],
  1243: ['unsent', 'a prepared statement is not there'],
  1615: ['unsent', 'a prepared statement no longer fits its tables'],
  1053: ['lost', 'the database is stopping'],
  1158: ['lost', 'the connection was lost'],
  1159: ['lost', 'the connection was lost'],
  1160: ['lost', 'the connection was lost'],
  1161: ['lost', 'the connection was lost'],
  1927: ['lost', 'the connection was ended by the database'],
  4031: ['lost', 'the connection was ended by the database'],
  1062: ['duplicate', 'a unique key is taken'],
  1586: ['duplicate', 'a unique key is taken'],
  1049: ['refused', 'the database is not there'],
  1054: ['refused', 'a column is not there'],
  1146: ['refused', 'a table is not there'],
  1034: ['corrupt', 'an index of the database is corrupt'],
  1194: ['corrupt', 'a table of the database is corrupt'],
  1712: ['corrupt', 'an index of the database is corrupt'],
  1877: ['corrupt', 'a table of the database is corrupt'],
  1290: ['readonly', 'the database is read-only'],
  1792: ['readonly', 'the database is read-only'],
  1836: ['readonly', 'the database is read-only'],
  1021: ['refused', 'the disk of the database is full'],
  1026: ['refused', 'the database cannot write its files'],
  1030: ['refused', 'the database cannot read or write its files'],
  1114: ['refused', 'a table of the database is full'],
  1142: ['refused', 'the database user may not do that'],
  1317: ['refused', 'the statement was cancelled'],
  1969: ['refused', 'the statement took too long'],
  3024: ['refused', 'the statement took too long'],
}

interface MysqlError extends DriverError {
  readonly fatal: unknown
}

/** What an error of `mysql2` means, for a statement that was sent. */
export function findMysql(error: unknown): Finding {
  const { errno, fatal, message } = driverError<MysqlError>(error)
  const known = FAULTS[String(errno)]
  if (known === undefined && (fatal === true || typeof errno !== 'number' || errno < 0)) {
    // Not of the database but of the driver: nothing was sent where it says so.
    const isUnsent = String(message).endsWith('closed state')
    return { fault: isUnsent ? 'unsent' : 'lost', words: 'the connection was lost' }
  }
  const [fault, words] = known ?? REFUSED
  if (fault !== 'duplicate') return { fault, words }
  // "Duplicate entry 'x' for key 'PRIMARY'", since MySQL 8.0.19 with the table before the key.
  const [, key = 'key'] = /'(?:[^'.]*\.)?([^'.]*)'$/.exec(String(message)) ?? []
  return { fault, words, key, isPrimary: key === 'PRIMARY' }
}
