import { TokenloopError } from '../../core/errors.js'
import type { Dialect } from './engine.js'

/** Where the tables are. */
export interface NamingOptions {
  /** PostgreSQL: the schema that has the tables; `tokenloop` unless a prefix is given. No word that SQL has for itself, such as `user`. */
  readonly schema?: string
  /** What the name of each table begins with; `tokenloop_` on MySQL and SQLite, nothing in a schema. */
  readonly prefix?: string
}

/** Names of tables and indexes as they stand in a statement. Nothing in them needs quotes. */
export interface Naming {
  readonly schema: string | undefined
  readonly prefix: string
  table(name: string): string
}

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/
/** The shortest limit of the three is 63 bytes, and the longest name of an index has 34 of them. */
const LONGEST_PREFIX = 28

/** Throws `invalid_option` for what is no plain identifier. */
export function createNaming(dialect: Dialect, { schema, prefix }: NamingOptions = {}): Naming {
  if (schema !== undefined && dialect !== 'postgres') throw invalid('schema', 'is for PostgreSQL; others take a prefix')
  if (schema !== undefined && !isIdentifier(schema)) throw invalid('schema', PLAIN)
  const mayBeEmpty = dialect === 'postgres'
  if (prefix !== undefined && !(isIdentifier(prefix, LONGEST_PREFIX) || (mayBeEmpty && prefix === ''))) {
    throw invalid('prefix', `${PLAIN}, at most ${LONGEST_PREFIX}`)
  }
  const place = schema ?? (dialect === 'postgres' && prefix === undefined ? 'tokenloop' : undefined)
  const start = prefix ?? (place === undefined ? 'tokenloop_' : '')
  return {
    schema: place,
    prefix: start,
    table: (name) => (place === undefined ? start + name : `${place}.${start}${name}`),
  }
}

const PLAIN = 'has letters from a to z, digits and _'

const isIdentifier = (value: unknown, longest = Number.POSITIVE_INFINITY) =>
  typeof value === 'string' && value.length <= longest && IDENTIFIER.test(value)

const invalid = (option: string, rule: string) => new TokenloopError('invalid_option', `${option} ${rule}`)
