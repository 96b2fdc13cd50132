import { indexName } from './ddl.js'
import type { Dialect } from './engine.js'
import { HISTORY } from './migrations.js'
import type { Naming } from './naming.js'
import { FEED, FEED_ENDS, TABLES, type Table } from './tables.js'

/*
 * What a schema is made of, by name: `table.column`, and `table/index` for what the dialect can lose without its table. The key of
 * SQLite and what is unique there are a part of the table. Besides, `feed#end` for the two rows without which nothing is fed.
 */

const KEYS: { readonly [D in Dialect]: (naming: Naming, table: Table) => readonly string[] } = {
  postgres: ({ prefix }, { name, unique }) => [
    `${prefix}${name}_pk`,
    ...(unique === undefined ? [] : [`${prefix}${name}_${unique}`]),
  ],
  mysql: ({ prefix }, { name, unique }) => ['PRIMARY', ...(unique === undefined ? [] : [`${prefix}${name}_${unique}`])],
  sqlite: () => [],
}

/** All that must be there. */
export const expectedThings = (dialect: Dialect, naming: Naming): readonly string[] => [
  ...[HISTORY, ...TABLES].flatMap((table) => {
    const name = naming.prefix + table.name
    const indexes = [...KEYS[dialect](naming, table), ...table.indexes.map((index) => indexName(naming, table, index))]
    return [...table.columns.map((column) => `${name}.${column.name}`), ...indexes.map((index) => `${name}/${index}`)]
  }),
  ...FEED_ENDS.map((end) => feedEnd(naming, end)),
]

/** How one of the rows of the feed is called among them. */
export const feedEnd = ({ prefix }: Naming, end: string) => `${prefix}${FEED.name}#${end}`

/** A statement whose lines have each a `thing` that is there. Identifiers need no quotes. */
export const findThings: { readonly [D in Dialect]: (naming: Naming) => string } = {
  postgres: (naming) => {
    const tables = [HISTORY, ...TABLES].map(({ name }) => `('${naming.table(name)}')`).join(', ')
    return `WITH ours AS (SELECT c.oid, c.relname FROM (VALUES ${tables}) AS t(name) JOIN pg_catalog.pg_class c ON c.oid = to_regclass(t.name))
      SELECT relname || '.' || attname AS thing FROM ours JOIN pg_catalog.pg_attribute ON attrelid = ours.oid WHERE attnum > 0 AND NOT attisdropped
      UNION ALL SELECT ours.relname || '/' || i.relname FROM ours JOIN pg_catalog.pg_index ON indrelid = ours.oid AND indisvalid
      JOIN pg_catalog.pg_class i ON i.oid = indexrelid
      UNION ALL SELECT '${BROKEN}' || i.relname FROM ours JOIN pg_catalog.pg_index ON indrelid = ours.oid AND NOT indisvalid
      JOIN pg_catalog.pg_class i ON i.oid = indexrelid
      ${naming.schema === undefined ? '' : `UNION ALL SELECT '${SCHEMA}' WHERE to_regnamespace('${naming.schema}') IS NOT NULL`}`
  },
  mysql: (naming) => {
    const ours = `table_schema = DATABASE() AND table_name IN (${quoted(naming)})`
    return `SELECT CONCAT(table_name, '.', column_name) AS thing FROM information_schema.columns WHERE ${ours}
      UNION SELECT CONCAT(table_name, '/', index_name) FROM information_schema.statistics WHERE ${ours}`
  },
  sqlite: (naming) => {
    const ours = `IN (${quoted(naming)})`
    return `SELECT t.name || '.' || c.name AS thing FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name ${ours}
      UNION ALL SELECT tbl_name || '/' || name FROM sqlite_master WHERE type = 'index' AND tbl_name ${ours}`
  },
}

/** Stands before the name of an index of PostgreSQL that is of no use. */
export const BROKEN = 'broken '

/** The schema of PostgreSQL itself, which somebody else may have made. */
export const SCHEMA = 'schema'

const quoted = (naming: Naming) => [HISTORY, ...TABLES].map(({ name }) => `'${naming.prefix}${name}'`).join(', ')
