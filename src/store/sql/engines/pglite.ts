import { type Call, deadlines, systemTiming, type Timing } from '../deadline.js'
import type { Answer, Engine, Statement, Value } from '../engine.js'
import { findPostgres } from '../faults/postgres.js'
import { errorOf } from '../faults.js'
import { runSteps } from '../pooled.js'
import { retrying } from '../retry.js'
import { PARSERS, type Parser } from './pg-types.js'

/** The slice of PGlite that is used. */
export interface PGliteDatabase extends PGliteQueries {
  /** Where its files are, if it has some. */
  readonly dataDir?: string | undefined
  transaction<T>(work: (transaction: PGliteTransaction) => Promise<T>): Promise<T>
}

/** A transaction of PGlite, as much of it as is used. */
export interface PGliteTransaction extends PGliteQueries {
  rollback(): Promise<void>
}

/** What takes queries in PGlite. */
export interface PGliteQueries {
  query<T>(text: string, values?: Value[], options?: { parsers?: Record<number, Parser> }): Promise<PGliteResult<T>>
}

/** An answer of PGlite. */
export interface PGliteResult<T> {
  readonly rows: T[]
  readonly affectedRows?: number
}

export interface PGliteOptions {
  /** Milliseconds. */
  readonly deadline: number
  readonly timing?: Timing
}

const options = { parsers: { ...PARSERS } }

/** PGlite is a connection of its own to a database in this very process: nothing is lost on the way, but it may take long. */
export function pgliteEngine(db: PGliteDatabase, { deadline, timing = systemTiming }: PGliteOptions): Engine {
  const within = deadlines(timing)
  const perform = <T>(limit: number, work: (call: Call) => Promise<T>) =>
    within(limit, (call) =>
      retrying(
        timing,
        () =>
          work(call).catch((error: unknown) => {
            throw errorOf(findPostgres(error), error)
          }),
        () => call.isOver,
      ),
    )

  return {
    dialect: 'postgres',

    run: (statement, values, { repeatable = false, deadline: limit = deadline } = {}) =>
      perform(limit, (call) => {
        call.isSent = !repeatable
        return queries(db).query(statement, values)
      }),

    batch: (steps, { deadline: limit = deadline } = {}) =>
      perform(limit, (call) => {
        call.isSent = true
        return db.transaction(async (transaction) => {
          const batched = await runSteps(queries(transaction), steps)
          if (batched.ended !== undefined) await transaction.rollback()
          return batched
        })
      }),
  }
}

const queries = (db: PGliteQueries) => ({
  async query({ text }: Statement, values: readonly Value[]): Promise<Answer> {
    const { rows, affectedRows = 0 } = await db.query<Record<string, unknown>>(text, [...values], options)
    return { lines: rows, changed: rows.length || affectedRows }
  },
})
