import { tupleKey } from '../../core/digest.js'
import { schemaDdl, tableDdl, tablesDdl } from './ddl.js'
import type { Dialect } from './engine.js'
import { createNaming, type Naming } from './naming.js'
import type { Table } from './tables.js'

/**
 * A step from one version of the schema to the next. What was published never changes: its checksum is kept with the tables, and
 * a test holds it.
 *
 * - Each statement may run again after it took place, also after another node ran it, since MySQL commits each one by itself.
 * - None takes a lock for long on a table that has rows: a column is added without a default, an index of PostgreSQL is made
 *   `CONCURRENTLY`, which is in no transaction with what stands before and behind it, and one of MySQL with
 *   `ALGORITHM=INPLACE, LOCK=NONE`.
 */
export interface Migration {
  readonly number: number
  readonly name: string
  statements(dialect: Dialect, naming: Naming): readonly string[]
}

export const MIGRATIONS: readonly Migration[] = [{ number: 1, name: 'the first tables', statements: tablesDdl }]

/** Which migrations took place. It comes before the first of them, and so never changes either. */
export const HISTORY: Table = {
  name: 'migrations',
  columns: [
    { name: 'number', type: 'integer' },
    { name: 'name', type: 'text' },
    { name: 'checksum', type: 'text' },
  ],
  key: ['number'],
  indexes: [],
}

/** SHA-256 of the statements, wherever the tables are. */
export const checksumOf = (dialect: Dialect, { statements }: Migration): string =>
  tupleKey(...statements(dialect, createNaming(dialect)))

/** Notes that a migration took place, once. There is nothing in it that needs quotes. */
export function note(dialect: Dialect, naming: Naming, migration: Migration): string {
  const table = naming.table(HISTORY.name)
  const row = `${migration.number}, '${migration.name}', '${checksumOf(dialect, migration)}'`
  const from = dialect === 'mysql' ? ' FROM DUAL' : ''
  return `INSERT INTO ${table} (number, name, checksum) SELECT ${row}${from} WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE number = ${migration.number})`
}

/** The statements of some migrations, each with its note, in order. */
export const statementsOf = (dialect: Dialect, naming: Naming, migrations: readonly Migration[]): readonly string[] =>
  migrations.flatMap((migration) => [...migration.statements(dialect, naming), note(dialect, naming, migration)])

/** All that the schema takes, in the order in which it is made. */
export const fullDdl = (dialect: Dialect, naming: Naming): readonly string[] => [
  ...(naming.schema === undefined ? [] : [schemaDdl(naming.schema)]),
  ...tableDdl(dialect, naming, HISTORY),
  ...statementsOf(dialect, naming, MIGRATIONS),
]
