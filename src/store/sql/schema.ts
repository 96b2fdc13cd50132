import { optionsOf } from '../../core/options.js'
import type { Dialect } from './engine.js'
import { fullDdl } from './migrations.js'
import { createNaming, type NamingOptions } from './naming.js'

/** The options of `schema`. */
export interface SchemaOptions extends NamingOptions {
  readonly dialect: Dialect
}

const OPTIONS = optionsOf<SchemaOptions>('schema', { dialect: true, schema: true, prefix: true })

/**
 * All that `migrate` would do to an empty database, as SQL, for hosts that have migrations of their own. It may run again. Throws
 * `invalid_option` for names that are no plain identifiers.
 *
 * @example
 * schema({ dialect: 'postgres', schema: 'auth' })
 */
export function schema(options: SchemaOptions): string {
  OPTIONS.check(options)
  const { dialect, ...names } = options
  return fullDdl(dialect, createNaming(dialect, names))
    .map((statement) => `${statement};\n`)
    .join('\n')
}
