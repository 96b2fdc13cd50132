import { Option } from 'commander'
import type { Dialect } from '../../store/sql/engine.js'
import { fullDdl } from '../../store/sql/migrations.js'
import { createNaming, type NamingOptions } from '../../store/sql/naming.js'
import { command } from '../command.js'
import { NAMING_OPTIONS, namesOf } from '../options.js'

const DIALECTS: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

export const schemaCommand = command({
  name: 'schema',
  summary: 'print the tables as SQL, for migrations of your own',
  details: 'All that `migrate` would do to an empty database. It may run again.',
  options: [
    new Option('--dialect <dialect>', 'of which database').choices(DIALECTS).makeOptionMandatory(),
    ...NAMING_OPTIONS,
  ],
  examples: [
    ['schema --dialect postgres --schema auth > migrations/001_tokenloop.sql', 'a migration for PostgreSQL'],
    ['schema --dialect sqlite | sqlite3 auth.db', 'straight into a file'],
  ],
  run(_args, { dialect, ...names }: NamingOptions & { readonly dialect: Dialect }, out) {
    const statements = fullDdl(dialect, createNaming(dialect, namesOf(names)))
    out.line(statements.map((statement) => `${statement};\n`).join('\n'))
    return { json: { dialect, statements } }
  },
})
