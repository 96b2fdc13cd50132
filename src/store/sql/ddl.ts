import type { Dialect } from './engine.js'
import type { Naming } from './naming.js'
import {
  CHANGES,
  type Column,
  type ColumnType,
  FEED,
  FEED_ENDS,
  type Index,
  MOST_KEY_BYTES,
  TABLES,
  type Table,
} from './tables.js'

/** Texts compare byte for byte: on MySQL only binary columns do, whatever its version. */
const TYPES: { readonly [D in Dialect]: { readonly [T in ColumnType]: string } } = {
  postgres: { key: 'text COLLATE "C"', text: 'text COLLATE "C"', json: 'json', integer: 'bigint' },
  mysql: { key: `varbinary(${MOST_KEY_BYTES})`, text: 'longtext', json: 'longtext', integer: 'bigint' },
  sqlite: { key: 'TEXT', text: 'TEXT', json: 'TEXT', integer: 'INTEGER' },
}

/** What stands behind the columns: types are kept to, and indexes may be as long as they are here. */
const OPTIONS: { readonly [D in Dialect]: string } = {
  postgres: '',
  mysql: ' ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  sqlite: ' STRICT',
}

const columnOf = (dialect: Dialect, { name, type, nullable }: Column) =>
  `${name} ${TYPES[dialect][type]}${nullable ? '' : ' NOT NULL'}`

/** Makes a schema of PostgreSQL. */
export const schemaDdl = (schema: string): string => `CREATE SCHEMA IF NOT EXISTS ${schema}`

/** Every statement that makes the tables, each of which may run again. */
export function tablesDdl(dialect: Dialect, naming: Naming): readonly string[] {
  return [
    ...TABLES.flatMap((table) => tableDdl(dialect, naming, table)),
    ...FEED_ENDS.map((end) => seed(dialect, naming.table(FEED.name), end)),
  ]
}

/** Every statement that makes a table with its indexes. */
export function tableDdl(dialect: Dialect, naming: Naming, table: Table): readonly string[] {
  const parts = [
    ...table.columns.map((column) => columnOf(dialect, column)),
    `CONSTRAINT ${naming.prefix}${table.name}_pk PRIMARY KEY (${table.key.join(', ')})`,
    ...(table.unique === undefined
      ? []
      : [`CONSTRAINT ${naming.prefix}${table.name}_${table.unique} UNIQUE (${table.unique})`]),
    ...(dialect === 'mysql'
      ? table.indexes.map((index) => `INDEX ${indexName(naming, table, index)} (${index.columns.join(', ')})`)
      : []),
  ]
  const create = `CREATE TABLE IF NOT EXISTS ${naming.table(table.name)} (\n  ${parts.join(',\n  ')}\n)${OPTIONS[dialect]}`
  return dialect === 'mysql' ? [create] : [create, ...table.indexes.map((index) => indexDdl(naming, table, index))]
}

function indexDdl(naming: Naming, table: Table, index: Index, how = ''): string {
  const where = index.partial ? ` WHERE ${index.columns[0]} IS NOT NULL` : ''
  return `CREATE INDEX ${how}IF NOT EXISTS ${indexName(naming, table, index)} ON ${naming.table(table.name)} (${index.columns.join(', ')})${where}`
}

/**
 * Every statement that makes what was lost of tables that have rows. The numbers of the feed go on behind its entries, since some may
 * have come to nothing while it had no end, and all who follow it start over. On PostgreSQL nobody who writes waits for an index, and
 * one whose making was broken off, which is there and of no use, is made anew. `broken` are those.
 */
export function mendingDdl(dialect: Dialect, naming: Naming, broken: readonly string[]): readonly string[] {
  const [feed, changes] = [naming.table(FEED.name), naming.table(CHANGES.name)]
  const from = dialect === 'mysql' ? ' FROM DUAL' : ''
  const put = (end: string, number: string) =>
    `INSERT INTO ${feed} (name, number) SELECT '${end}', (${number})${from} WHERE NOT EXISTS (SELECT 1 FROM ${feed} WHERE name = '${end}')`
  const ends = [
    // Materialized, without which MySQL does not look into a table that it removes from.
    `DELETE FROM ${feed} WHERE name = 'floor' AND NOT EXISTS (SELECT 1 FROM (SELECT DISTINCT name FROM ${feed}) AS ends WHERE name = 'last')`,
    put('last', `SELECT COALESCE(MAX(number), 0) + 1 FROM ${changes}`),
    put('floor', `SELECT number FROM ${feed} WHERE name = 'last'`),
  ]
  const tables = TABLES.flatMap((table) => tableDdl(dialect, naming, table))
  if (dialect !== 'postgres') return [...tables, ...ends]
  const at = (index: string) => (naming.schema === undefined ? index : `${naming.schema}.${index}`)
  const indexes = TABLES.flatMap((table) =>
    table.indexes.flatMap((index) => {
      const name = indexName(naming, table, index)
      return [
        ...broken
          .filter((left) => left !== name && left.replace(LEFT, '') === name)
          .map((left) => `DROP INDEX ${CONCURRENTLY}IF EXISTS ${at(left)}`),
        broken.includes(name)
          ? `REINDEX INDEX ${CONCURRENTLY}${at(name)}`
          : indexDdl(naming, table, index, CONCURRENTLY),
      ]
    }),
  )
  return [...tables.filter((text) => !text.startsWith('CREATE INDEX')), ...ends, ...indexes]
}

/** How an index is called that a REINDEX of PostgreSQL left as it was broken off, and that every write would go on filling. */
const LEFT = /_cc(?:new|old)\d*$/

const CONCURRENTLY = 'CONCURRENTLY '

/** Whether PostgreSQL takes a statement in no transaction. */
export const standsAlone = (statement: string): boolean => statement.includes(CONCURRENTLY)

/** Named by its first column; a list of everything by what it is sorted by. */
export const indexName = (naming: Naming, table: Table, { columns }: Index) =>
  `${naming.prefix}${table.name}_by_${columns[0]}`

const seed = (dialect: Dialect, table: string, end: string) =>
  dialect === 'mysql'
    ? `INSERT INTO ${table} (name, number) SELECT '${end}', 0 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE name = '${end}')`
    : `INSERT INTO ${table} (name, number) VALUES ('${end}', 0) ON CONFLICT (name) DO NOTHING`
