import { tupleKey } from '../../core/digest.js'
import type { Dialect, Statement, Value } from './engine.js'

export type Arguments = Readonly<Record<string, Value>>

/** A statement with its values still to come, by name. */
export interface Query {
  readonly statement: Statement
  bind(args: Arguments): readonly Value[]
}

/** `:name`, and the `::name` of a cast, which is none. */
const PLACEHOLDER = /(::?)([a-z]\w*)/g
const NAME_LENGTH = 22

/** The placeholders of the dialect in the place of `:name`. The statement's name follows from its text. */
export function createQuery(dialect: Dialect, sql: string): Query {
  const names: string[] = []
  const text = sql.replace(PLACEHOLDER, (all, colons: string, name: string) => {
    if (colons === '::') return all
    if (dialect !== 'postgres' || !names.includes(name)) names.push(name)
    return dialect === 'postgres' ? `$${names.indexOf(name) + 1}` : '?'
  })
  return {
    statement: Object.freeze({ name: `tokenloop_${tupleKey(text).slice(0, NAME_LENGTH)}`, text }),
    bind: (args) => names.map((name) => valueIn(args, name)),
  }
}

function valueIn(args: Arguments, name: string): Value {
  const value = args[name]
  if (value === undefined) throw new TypeError(`a statement was not given ${name}`)
  return value
}
