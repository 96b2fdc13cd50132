import { TokenloopError } from '../../../core/errors.js'
import { systemTiming, type Timing } from '../deadline.js'
import type { Answer, Batched, Engine, Statement, Step, Value } from '../engine.js'
import { findSqlite } from '../faults/sqlite.js'
import { errorOf, Undone } from '../faults.js'
import { retrying } from '../retry.js'

/** The slice of `better-sqlite3` that is used, or that of `node:sqlite` (`DatabaseSync`, Node 22.16 or later). */
export interface SqliteDatabase {
  prepare(text: string): SqliteStatement
  exec(text: string): unknown
  /** Whether a transaction is open, as `better-sqlite3` calls it. */
  readonly inTransaction?: boolean
  /** Whether a transaction is open, as `node:sqlite` calls it. */
  readonly isTransaction?: boolean
  /** Whether it is in no file, as `better-sqlite3` tells. */
  readonly memory?: boolean
  /** Its file, or `null` for none, as `node:sqlite` tells. */
  location?(): string | null
}

/** A statement of `better-sqlite3` or `node:sqlite`, as much of it as is used. */
export interface SqliteStatement {
  all(...values: unknown[]): unknown[]
  run(...values: unknown[]): { readonly changes: number | bigint }
  /** Whether it has rows, as `better-sqlite3` tells. */
  readonly reader?: boolean
  /** Its columns, as `node:sqlite` tells; none where it has no rows. */
  columns(): readonly unknown[]
  /** Integers as numbers, as `better-sqlite3` is told. */
  safeIntegers?(on: boolean): unknown
  /** Integers as numbers, as `node:sqlite` is told. */
  setReadBigInts?(on: boolean): unknown
}

/** How long a write may stand still for another process, in milliseconds, before others of this one have their turn. */
const BUSY = 25

/** Statements that are kept prepared; there are fewer, unless lists of many lengths are asked for. */
const MAX_PREPARED = 500

interface Prepared {
  readonly statement: SqliteStatement
  readonly hasRows: boolean
  readonly mayWrite: boolean
}

/**
 * SQLite runs in this very process and answers at once, so a batch lets nothing come between. A database that another process
 * writes to is waited for: shortly in SQLite, longer outside of it. So is the host's own transaction on the same connection,
 * which the library takes no part in.
 */
export function sqliteEngine(db: SqliteDatabase, timing: Timing = systemTiming): Engine {
  if (db.inTransaction === undefined && db.isTransaction === undefined) {
    throw new TokenloopError('invalid_option', 'node:sqlite is of use from Node 22.16 on')
  }
  const prepared = new Map<string, Prepared>()

  const prepare = ({ name, text }: Statement): Prepared => {
    const known = prepared.get(name)
    if (known !== undefined) return known
    const statement = db.prepare(text)
    statement.safeIntegers?.(false)
    statement.setReadBigInts?.(false)
    const hasRows = statement.reader ?? statement.columns().length > 0
    const fresh = { statement, hasRows, mayWrite: !/^\s*SELECT\s/i.test(text) }
    if (prepared.size >= MAX_PREPARED) prepared.clear()
    if (name !== '') prepared.set(name, fresh)
    return fresh
  }

  const ask = (statement: Statement, values: readonly Value[]): Answer => {
    const { statement: ready, hasRows } = prepare(statement)
    if (hasRows) {
      const lines = ready.all(...values) as Answer['lines']
      return { lines, changed: lines.length }
    }
    return { lines: [], changed: Number(ready.run(...values).changes) }
  }

  /** Waits for other processes no longer than `BUSY`, and leaves the host's own patience as it is. */
  const impatiently = <T>(work: () => T): T => {
    const [line] = db.prepare('PRAGMA busy_timeout').all() as { timeout: number | bigint }[]
    db.exec(`PRAGMA busy_timeout = ${BUSY}`)
    try {
      return work()
    } finally {
      db.exec(`PRAGMA busy_timeout = ${line?.timeout ?? 0}`)
    }
  }

  const isOpen = () => db.inTransaction ?? db.isTransaction ?? false

  const attempt = <T>(work: () => T): T => {
    if (isOpen()) throw new Undone('the database is busy: the host has a transaction open on this connection')
    try {
      return work()
    } catch (error) {
      throw errorOf(findSqlite(error), error)
    } finally {
      // SQLite has rolled back by itself where the file was full or could not be read.
      if (isOpen()) db.exec('ROLLBACK')
    }
  }

  const runSteps = (steps: readonly Step[]): Batched => {
    const answers: Answer[] = []
    db.exec('BEGIN IMMEDIATE')
    for (const { statement, values, unless } of steps) {
      const answer = ask(statement, values)
      answers.push(answer)
      if (unless !== undefined && answer.changed === 0) return { ended: unless, answers }
    }
    db.exec('COMMIT')
    return { ended: undefined, answers }
  }

  return {
    dialect: 'sqlite',
    run: (statement, values) =>
      retrying(timing, () =>
        attempt(() => {
          const { mayWrite } = prepare(statement)
          return mayWrite ? impatiently(() => ask(statement, values)) : ask(statement, values)
        }),
      ),
    batch: (steps) => retrying(timing, () => attempt(() => impatiently(() => runSteps(steps)))),
  }
}
