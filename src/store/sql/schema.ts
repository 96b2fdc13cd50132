import type { Dialect } from './engine.js'
import { fullDdl } from './migrations.js'
import { createNaming, type NamingOptions } from './naming.js'

export interface SchemaOptions extends NamingOptions {
  readonly dialect: Dialect
}

/**
 * All that `migrate` would do to an empty database, as SQL, for hosts that have migrations of their own. It may run again. Throws
 * `invalid_option` for names that are no plain identifiers.
 *
 * @example
 * schema({ dialect: 'postgres', schema: 'auth' })
 */
export function schema({ dialect, ...names }: SchemaOptions): string {
  return fullDdl(dialect, createNaming(dialect, names))
    .map((statement) => `${statement};\n`)
    .join('\n')
}
