/** The SQL that a database speaks; `mysql` is MariaDB's too. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite'

/** What a statement is given. Integers are milliseconds, counts and flags (0/1). */
export type Value = string | number | Uint8Array | null

/** A row of an answer, by column: integers as numbers, text and JSON as text, bytes as `Uint8Array`. */
export type Line = Readonly<Record<string, unknown>>

/** A text with the placeholders of its dialect, prepared under a name of its own; one with an empty name is never prepared. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface Answer {
  readonly lines: readonly Line[]
  /** How many rows matched and were written, or how many it answered with; the same under both row-count modes of MySQL. */
  readonly changed: number
}

/** One statement of a batch. */
export interface Step {
  readonly statement: Statement
  readonly values: readonly Value[]
  /** Where the statement neither changed nor found a row, everything is rolled back and the batch ends with this word. */
  readonly unless?: string
}

export interface Batched {
  /** The `unless` that ended it; `undefined` where it was committed. */
  readonly ended: string | undefined
  /** The answers of the steps that ran. */
  readonly answers: readonly Answer[]
}

export interface RunOptions {
  /** It may run twice, such as a read: it is asked again where its answer was lost. */
  readonly repeatable?: boolean
  /** Milliseconds, where the store's own deadline does not suit. */
  readonly deadline?: number
}

/**
 * What runs the statements of a store. Conflicts that a second try may settle are settled here, and no call takes longer than
 * its deadline. What is thrown is `unavailable` or `store_corrupt`, or one of the errors of `faults.ts` that says more.
 */
export interface Engine {
  readonly dialect: Dialect
  /** One statement, in one round trip, outside any transaction. */
  run(statement: Statement, values: readonly Value[], options?: RunOptions): Promise<Answer>
  /** Several in one short transaction that asks the caller nothing in between, so that a synchronous driver runs it in one go. */
  batch(steps: readonly Step[], options?: Omit<RunOptions, 'repeatable'>): Promise<Batched>
}
