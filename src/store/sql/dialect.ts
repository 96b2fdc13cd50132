import type { Dialect } from './engine.js'
import type { ColumnType } from './tables.js'

/** What differs between the three in the statements that they share. */
export interface Grammar {
  /** The database's time in milliseconds, whatever the time zone of the session; `undefined` where the caller's is as good. */
  readonly now: string | undefined
  /** One text of several. */
  readonly concat: (...parts: readonly string[]) => string
  /** A JSON array of columns, or of other such arrays. */
  readonly array: (cells: readonly string[]) => string
  /** Such an array as it is selected: as text it comes through every driver alike, however that is set up to read numbers and dates. */
  readonly selected: (array: string) => string
  /** A column as it stands in such an array. */
  readonly cell: (type: ColumnType, column: string) => string
  /** A placeholder where its type does not follow from what is around it. */
  readonly typed: (type: ColumnType, placeholder: string) => string
  /** The rows of a JSON array of objects; of one in a column, with the table that has it. */
  readonly rows: (
    json: string,
    alias: string,
    members: Members,
    of?: { readonly from: string; readonly where: string },
  ) => string
  /** A JSON array of objects, one for each row. */
  readonly collect: (members: Readonly<Record<string, string>>) => string
  /** A text, compared byte for byte. */
  readonly exactly: (text: string) => string
  /** The greater of two numbers, neither of which is null. */
  readonly greater: (a: string, b: string) => string
  /** The whole part of a division of numbers that are not negative. */
  readonly divide: (a: string, b: string) => string
  /** Whether a joined row is best made into JSON where it is found: PostgreSQL hands each column on from one join to the next. */
  readonly lateral: boolean
  /** Behind the table of an INSERT: how its rows are called in what follows. */
  readonly target: string
  /** Behind a SELECT: nobody may change what it found until the transaction ends. */
  readonly share: string
  /** Behind a SELECT: nobody else may lock it either. */
  readonly lock: string
  /** Behind a SELECT: as `lock`, without what another one has locked. */
  readonly skip: string
}

type Members = Readonly<Record<string, ColumnType>>

const pairs = (members: Readonly<Record<string, string>>) =>
  list(Object.entries(members).map(([name, value]) => `'${name}', ${value}`))

/** A table function, with the table that brings its argument. */
const expanded = (
  columns: string,
  rows: string,
  alias: string,
  of?: { readonly from: string; readonly where: string },
) =>
  of === undefined
    ? `(SELECT ${columns} FROM ${rows}) AS ${alias}`
    : `(SELECT ${columns} FROM ${of.from} CROSS JOIN ${rows} WHERE ${of.where}) AS ${alias}`

const list = (items: readonly string[]) => items.join(', ')

const PG_TYPES: { readonly [T in ColumnType]: string } = { key: 'text', text: 'text', json: 'json', integer: 'bigint' }
const MYSQL_TYPES: { readonly [T in ColumnType]: string } = {
  key: 'varchar(512) CHARACTER SET utf8mb4',
  text: 'longtext',
  json: 'longtext',
  integer: 'bigint',
}

export const GRAMMARS: { readonly [D in Dialect]: Grammar } = {
  postgres: {
    now: `floor(date_part('epoch', statement_timestamp()) * 1000)::bigint`,
    concat: (...parts) => parts.join(' || '),
    array: (cells) => `json_build_array(${list(cells)})`,
    selected: (array) => `${array}::text`,
    cell: (_, column) => column,
    typed: (type, placeholder) => `${placeholder}::${PG_TYPES[type]}`,
    rows: (json, alias, members, of) => {
      const columns = list(Object.entries(members).map(([name, type]) => `${name} ${PG_TYPES[type]}`))
      return expanded('each_row.*', `json_to_recordset(${json}) AS each_row(${columns})`, alias, of)
    },
    collect: (members) => `COALESCE(json_agg(json_build_object(${pairs(members)})), '[]')`,
    exactly: (text) => text,
    greater: (a, b) => `greatest(${a}, ${b})`,
    divide: (a, b) => `(${a}) / (${b})`,
    lateral: true,
    target: ' AS it',
    share: ' FOR SHARE',
    lock: ' FOR UPDATE',
    skip: ' FOR UPDATE SKIP LOCKED',
  },
  mysql: {
    now: `(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)`,
    concat: (...parts) => `CONCAT(${list(parts)})`,
    array: (cells) => `JSON_ARRAY(${list(cells)})`,
    selected: (array) => array,
    cell: (type, column) => (type === 'key' ? `CONVERT(${column} USING utf8mb4)` : column),
    typed: (_, placeholder) => placeholder,
    rows: (json, alias, members, of) => {
      const columns = list(
        Object.entries(members).map(([name, type]) => `${name} ${MYSQL_TYPES[type]} PATH '$.${name}'`),
      )
      return expanded('each_row.*', `JSON_TABLE(${json}, '$[*]' COLUMNS (${columns})) AS each_row`, alias, of)
    },
    collect: (members) => `COALESCE(JSON_ARRAYAGG(JSON_OBJECT(${pairs(members)})), '[]')`,
    exactly: (text) => `CAST(${text} AS BINARY)`,
    greater: (a, b) => `GREATEST(${a}, ${b})`,
    divide: (a, b) => `(${a}) DIV (${b})`,
    lateral: false,
    target: '',
    share: ' LOCK IN SHARE MODE',
    lock: ' FOR UPDATE',
    skip: ' FOR UPDATE SKIP LOCKED',
  },
  sqlite: {
    now: undefined,
    concat: (...parts) => parts.join(' || '),
    array: (cells) => `json_array(${list(cells)})`,
    selected: (array) => array,
    cell: (_, column) => column,
    // Numbers of JavaScript arrive as REAL, which would divide otherwise. A bare key that a join looks for is looked up in the
    // statistics, where there are some (ANALYZE, with STAT4): the statement is then prepared anew for every value.
    typed: (type, placeholder) => {
      const cast = { integer: 'INTEGER', key: 'TEXT', text: undefined, json: undefined }[type]
      return cast === undefined ? placeholder : `CAST(${placeholder} AS ${cast})`
    },
    rows: (json, alias, members, of) => {
      const columns = list(Object.keys(members).map((name) => `each_row.value ->> '$.${name}' AS ${name}`))
      return expanded(columns, `json_each(${json}) AS each_row`, alias, of)
    },
    collect: (members) => `json_group_array(json_object(${pairs(members)}))`,
    exactly: (text) => text,
    greater: (a, b) => `max(${a}, ${b})`,
    divide: (a, b) => `(${a}) / (${b})`,
    lateral: false,
    target: ' AS it',
    share: '',
    lock: '',
    skip: '',
  },
}
