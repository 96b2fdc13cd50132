import { type DriverError, driverError, type FaultTable, type Finding, REFUSED } from '../faults.js'

/** By result code (https://sqlite.org/rescode.html), as its name in `better-sqlite3` and its number in `node:sqlite`. */
const CODES: Readonly<Record<number, string>> = {
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  26: 'NOTADB',
  1555: 'CONSTRAINT_PRIMARYKEY',
  2067: 'CONSTRAINT_UNIQUE',
}

const FAULTS: FaultTable = {
  BUSY: ['conflict', 'the database is busy'],
  LOCKED: ['conflict', 'the database is busy'],
  PROTOCOL: ['conflict', 'the database is busy'],
  CONSTRAINT_PRIMARYKEY: ['duplicate', 'a unique key is taken'],
  CONSTRAINT_UNIQUE: ['duplicate', 'a unique key is taken'],
  CORRUPT: ['corrupt', 'a page of the database is corrupt'],
  NOTADB: ['corrupt', 'the file is not a database'],
  READONLY: ['readonly', 'the database is read-only'],
  FULL: ['refused', 'the disk of the database is full'],
  IOERR: ['refused', 'the database cannot read or write its file'],
  CANTOPEN: ['refused', 'the database cannot open its file'],
}

interface SqliteError extends DriverError {
  readonly errcode: unknown
}

/** What an error of `better-sqlite3` or `node:sqlite` means. Nothing is ever sent, and so nothing lost. */
export function findSqlite(error: unknown): Finding {
  const { code, errcode, message } = driverError<SqliteError>(error)
  const name =
    typeof errcode === 'number' ? (CODES[errcode] ?? CODES[errcode & 0xff] ?? '') : String(code).replace('SQLITE_', '')
  const [fault, words] = FAULTS[name] ?? FAULTS[name.split('_', 1)[0] ?? ''] ?? REFUSED
  const text = String(message)
  if (/^(?:no such (?:table|column)|table \S+ has no column)/.test(text)) return { fault: 'refused', words: text }
  if (fault !== 'duplicate') return { fault, words }
  return { fault, words, key: text.split(': ', 2)[1] ?? 'key', isPrimary: name === 'CONSTRAINT_PRIMARYKEY' }
}
