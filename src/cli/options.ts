import { Option } from 'commander'
import { checkPrefix } from '../core/credential.js'
import type { NamingOptions } from '../store/sql/naming.js'

/** Where the tables are: `NamingOptions`, as several commands take them. */
export const NAMING_OPTIONS: readonly Option[] = [
  new Option('--schema <name>', 'PostgreSQL: the schema of the tables (default: tokenloop)'),
  new Option('--prefix <text>', 'what the names of the tables begin with'),
]

/** What of some options says where the tables are. */
export const namesOf = ({ schema, prefix }: NamingOptions): NamingOptions => ({
  ...(schema !== undefined && { schema }),
  ...(prefix !== undefined && { prefix }),
})

/** Each with a flag of its own: several values behind one flag would swallow the arguments behind it. */
export const prefixOption = (description: string): Option =>
  new Option('--prefix <prefix>', description).argParser((value, before: readonly string[] = []) => [
    ...before,
    checkPrefix(value),
  ])
