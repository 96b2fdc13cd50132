import type { Kind } from '../../../records.js'
import type { Body } from '../../body.js'
import {
  CHANGES,
  COUNTERS,
  type Column,
  type ColumnType,
  EVENTS,
  FEED,
  RECORDS,
  type Table,
  USES,
} from '../../tables.js'
import { eventValue, type Put } from './plan.js'

/*
 * The parts of a write in SQL, as all dialects have them. `when` is what else must hold, such as that an earlier part found
 * what it looked for.
 */

/** A row of version 0 without data is a place that is kept empty: it can be locked, which a row that is not there cannot. */
export const isPlace = (alias: string) => `${alias}.version = 0 AND ${alias}.data IS NULL`

/** For how long a place is kept, in milliseconds. */
const PLACE_KEPT = 86_400_000

const NOTHING: { readonly [T in ColumnType]: string } = { key: `''`, text: `''`, json: `'[]'`, integer: '0' }

/** Puts a place where there is no row. */
export function insertPlace(body: Body, table: Table, id: string, when = ''): string {
  const values = table.columns.map(({ name, type, nullable }) => {
    if (name === 'id') return body.grammar.typed('key', `:${id}`)
    if (name === 'keep_until') return `:now + ${PLACE_KEPT}`
    return nullable ? 'NULL' : body.grammar.typed(type, NOTHING[type])
  })
  return `INSERT INTO ${body.name(table)}${body.grammar.target} ${into(table)} SELECT ${values.join(', ')}${when && ` WHERE ${when}`}`
}

export const into = ({ columns }: Table) => `(${columns.map(({ name }) => name).join(', ')})`

/** What each column of a record's row becomes, but for its id. */
export const assignments = (body: Body, { columns }: Table): readonly (readonly [string, string])[] =>
  columns.flatMap((column) => {
    if (column.name === 'id') return []
    return [
      [
        column.name,
        column.name === 'version' ? `${body.grammar.typed('integer', ':expected')} + 1` : body.value(column),
      ] as const,
    ]
  })

/** The change of a row that is there; `version` is what it has now. */
export function putPart(body: Body, kind: Kind, put: Exclude<Put, 'keep'>, when: string): string {
  const table = RECORDS[kind]
  const name = body.name(table)
  switch (put) {
    case 'insert': {
      const values = table.columns.map((column) => (column.name === 'version' ? '1' : body.value(column)))
      return `INSERT INTO ${name}${body.grammar.target} ${into(table)} SELECT ${values.join(', ')}${when && ` WHERE ${when}`}`
    }
    case 'update':
      return `UPDATE ${name} SET ${set(body, table)} WHERE id = :id AND version = ${body.grammar.typed('integer', ':expected')}${and(when)}`
    case 'remove':
      return `DELETE FROM ${name} WHERE id = :id AND version = ${body.grammar.typed('integer', ':expected')}${and(when)}`
  }
}

export const set = (body: Body, table: Table) =>
  assignments(body, table)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ')

export const and = (condition: string) => condition && ` AND ${condition}`

/** What goes with a record that is removed. */
export const forgetParts = (body: Body, kind: Kind, when: string): readonly string[] =>
  [USES, COUNTERS].map((table) => `DELETE FROM ${body.name(table)} WHERE kind = '${kind}' AND id = :id${and(when)}`)

export function eventPart(body: Body, when: string): string {
  const values = EVENTS.columns.map((column: Column) => body.grammar.typed(column.type, `:${eventValue(column)}`))
  return `INSERT INTO ${body.name(EVENTS)} ${into(EVENTS)} SELECT ${values.join(', ')}${when && ` WHERE ${when}`}`
}

/** Numbers an entry of the feed under a row that everyone who feeds locks, so that a late commit is never skipped. */
export const numberPart = (body: Body, when: string) =>
  `UPDATE ${body.name(FEED)} SET number = number + 1 WHERE name = 'last'${and(when)}`

/** `from` is where the number is found. */
export function changePart(body: Body, kind: Kind, from: string): string {
  const { typed } = body.grammar
  const values = [
    'number',
    ':now',
    typed('key', `'${kind}'`),
    typed('key', ':id'),
    typed('key', ':effect'),
    typed('key', ':status_fed'),
    typed('json', ':epochs'),
  ]
  return `INSERT INTO ${body.name(CHANGES)} ${into(CHANGES)} SELECT ${values.join(', ')} FROM ${from}`
}
