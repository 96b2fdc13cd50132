import type { Clock } from '../../core/time.js'
import { GRAMMARS, type Grammar } from './dialect.js'
import type { Answer, Engine, RunOptions, Step } from './engine.js'
import type { Naming } from './naming.js'
import { type Arguments, createQuery, type Query } from './statement.js'
import type { Column, Table } from './tables.js'

/** What every operation of a store works with. */
export interface Body {
  readonly engine: Engine
  readonly grammar: Grammar
  /** The name of a table as it stands in a statement. */
  name(table: Table): string
  /** A query; `:now` in it is the store's time. */
  query(sql: string): Query
  /** Queries that are made when they are first asked for, and kept. */
  queries<Key extends readonly unknown[]>(make: (...key: Key) => string): (...key: Key) => Query
  /** A placeholder for the value of a column, named as it is. */
  value(column: Column): string
  run(query: Query, args: Arguments, options?: RunOptions): Promise<Answer>
  read(query: Query, args: Arguments): Promise<Answer>
  /** The store's time for several steps that are to have the same; nothing where the database tells it. */
  moment(): Arguments
  step(query: Query, args: Arguments, unless?: string): Step
}

const REPEATABLE: RunOptions = { repeatable: true }

/** The time is the database's, unless the host gives a clock. */
export function createBody(engine: Engine, naming: Naming, clock: Clock | undefined): Body {
  const grammar = GRAMMARS[engine.dialect]
  const time = clock ?? (grammar.now === undefined ? Date : undefined)
  const expression = time === undefined ? grammar.now : undefined
  const timed = (args: Arguments): Arguments => (time === undefined ? args : { now: time.now(), ...args })

  const query = (sql: string) =>
    createQuery(engine.dialect, sql.replaceAll(':now', expression ?? grammar.typed('integer', ':now')))
  const run: Body['run'] = ({ statement, bind }, args, options) => engine.run(statement, bind(timed(args)), options)

  return {
    engine,
    grammar,
    name: ({ name }) => naming.table(name),
    query,
    queries(make) {
      const made = new Map<string, Query>()
      return (...key) => {
        const name = JSON.stringify(key)
        const known = made.get(name) ?? query(make(...key))
        if (!made.has(name)) made.set(name, known)
        return known
      }
    },
    value: ({ name, type }) => grammar.typed(type, `:${name}`),
    run,
    read: (query, args) => run(query, args, REPEATABLE),
    moment: () => timed({}),
    step: ({ statement, bind }, args, unless) => ({
      statement,
      values: bind(timed(args)),
      ...(unless !== undefined && { unless }),
    }),
  }
}
