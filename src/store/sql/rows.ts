import { fitsInto } from '../../core/bytes.js'
import { TokenloopError } from '../../core/errors.js'
import type { EventRecord, Kind, Records } from '../records.js'
import type { Grammar } from './dialect.js'
import type { Line, Value } from './engine.js'
import { type Column, MOST_KEY_BYTES, type Table } from './tables.js'

/** A record as it was found in its row. */
export interface Found<K extends Kind = Kind> {
  readonly id: string
  readonly version: number
  /** What is no record any more is handed out as it is: who reads it through `trusted` learns that it is corrupt, and which. */
  readonly record: Records[K]
}

type Members = { [member: string]: unknown }

/** What of a row is read: its id and version, the columns of its members, and the rest of its record. */
const readColumns = ({ columns }: Table) => columns.filter(({ name }) => name !== 'write_id')

/** A row as a JSON array; null where there is none, or one that only keeps a place. */
export const rowOf = (grammar: Grammar, table: Table, alias: string): string =>
  `CASE WHEN ${isThere(table, alias)} THEN ${arrayOf(grammar, table, alias)} END`

const arrayOf = ({ array, cell }: Grammar, table: Table, alias: string) =>
  array(readColumns(table).map(({ name, type }) => cell(type, `${alias}.${name}`)))

const isThere = (table: Table, alias: string) =>
  isRecords(table) ? `(${alias}.version <> 0 OR ${alias}.data IS NOT NULL)` : `${alias}.id IS NOT NULL`

/** Joins a row where there is one: what stands behind a FROM, and the row as `rowOf` has it. */
export function joined(grammar: Grammar, table: Table, name: string, alias: string, on: string) {
  if (!grammar.lateral) return { join: ` LEFT JOIN ${name} AS ${alias} ON ${on}`, row: rowOf(grammar, table, alias) }
  const row = `SELECT ${alias}.*, ${arrayOf(grammar, table, alias)} AS packed FROM ${name} AS ${alias}`
  return {
    join: ` LEFT JOIN LATERAL (${row} WHERE ${on} AND ${isThere(table, alias)}) AS ${alias} ON TRUE`,
    row: `${alias}.packed`,
  }
}

const isRecords = ({ columns }: Table) => columns.some(({ name }) => name === 'version')

/** Several of them, and whatever else is asked for, in one column: that costs a driver and a database less than many. */
export const packed = ({ array, selected }: Grammar, ...cells: readonly string[]): string =>
  `${selected(array(cells))} AS packed`

/** What `packed` selected; nothing where there is no line. */
export const unpacked = (line: Line | undefined): readonly unknown[] =>
  line === undefined ? [] : JSON.parse(line.packed as string)

/** A row as `rowOf` selects it: part of another array, or a text in it. */
const cellsOf = (row: unknown): readonly unknown[] | null =>
  typeof row === 'string' ? JSON.parse(row) : (row as readonly unknown[] | null)

/** Reads rows of a table as `rowOf` selects them. */
export function createReader<K extends Kind>(table: Table): (row: unknown) => Found<K> | undefined {
  const columns = readColumns(table)
  const recordOf = createRecordReader(columns)
  return (row) => {
    const cells = cellsOf(row)
    if (cells === null) return undefined
    const [id, version] = cells as readonly [string, number]
    return { id, version, record: recordOf(cells) as Members & Records[K] }
  }
}

/** Reads events, in whose rows there is no version. */
export function createEventReader({ columns }: Table): (row: unknown) => EventRecord | undefined {
  const recordOf = createRecordReader(columns)
  return (row) => {
    const cells = cellsOf(row)
    return cells === null ? undefined : ((recordOf(cells) ?? { id: cells[0] }) as Members & EventRecord)
  }
}

/** Where a member of a record stands among the cells of its row. */
interface Part {
  readonly at: number
  readonly name: string
  /** The part of the member that it is. */
  readonly inner: string | undefined
  readonly isOptional: boolean
}

/** Reads a record from its cells, the last of which has the rest of it; null for what is none. */
function createRecordReader(columns: readonly Column[]): (cells: readonly unknown[]) => Members | null {
  const parts = columns.flatMap(({ member, optional }, at): Part[] =>
    member === undefined ? [] : [{ at, name: member[0], inner: member[1], isOptional: optional === true }],
  )
  const isJson = columns.map(({ type }) => type === 'json')
  const last = columns.length - 1
  return (cells) => {
    try {
      const record = parsed(cells[last]) as Members
      for (const part of parts) put(record, part, isJson[part.at] ? parsed(cells[part.at]) : cells[part.at])
      return record
    } catch {
      return null
    }
  }
}

/** JSON in a JSON array is part of it on PostgreSQL, and a text in it on the others. */
const parsed = (cell: unknown): unknown => (typeof cell === 'string' ? JSON.parse(cell) : cell)

function put(record: Members, { name, inner, isOptional }: Part, value: unknown): void {
  if (inner === undefined) {
    if (value !== null || !isOptional) record[name] = value
    return
  }
  // A part of a member says that the member is there, and a member that it has the part: where they differ, the row is corrupt.
  const outer = record[name] as Members | null | undefined
  if (outer) outer[inner] = value
  else if (value !== null) record[name] = { [inner]: value }
}

/** The values of a record by column: its members, and the rest of it as `data`. Throws `invalid_input` for what no column holds. */
export function valuesOf({ columns }: Table, record: object): Record<string, Value> {
  const rest: Members = { ...record }
  const values: Record<string, Value> = {}
  for (const column of columns) {
    const { member: [name, inner] = [] } = column
    if (name === undefined) continue
    const value = inner === undefined ? rest[name] : (rest[name] as Members | null | undefined)?.[inner]
    values[column.name] = encoded(column, value)
  }
  for (const { member: [name, inner] = [] } of columns) {
    if (name === undefined) continue
    const outer = rest[name] as Members | null | undefined
    if (inner !== undefined && outer) rest[name] = without(outer, inner)
    if (inner === undefined || isEmpty(rest[name])) delete rest[name]
  }
  values.data = JSON.stringify(rest)
  return values
}

function without(members: Members, name: string): Members {
  const { [name]: _, ...others } = members
  return others
}

const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0

function encoded({ type, name }: Column, value: unknown): Value {
  if (value === null || value === undefined) return null
  if (type === 'json') return JSON.stringify(value)
  if (typeof value === 'string') return type === 'key' ? keyText(value, name) : anyText(value, name)
  return value as number
}

/** Whether every database keeps a text as it is. */
export const isStorable = (value: string) => value.isWellFormed() && !value.includes('\0')

/** A text that every database keeps as it is. Throws `invalid_input` for any other. */
function anyText(value: string, name: string): string {
  if (!isStorable(value)) throw new TokenloopError('invalid_input', `${name} has characters that cannot be stored`)
  return value
}

/** A text that can be looked for. Throws `invalid_input` for one that no database would keep, or that is too long. */
export function keyText(value: string, name: string): string {
  if (!fitsInto(MOST_KEY_BYTES, value)) {
    throw new TokenloopError('invalid_input', `${name} must have at most ${MOST_KEY_BYTES} bytes`)
  }
  return anyText(value, name)
}

/** A text to look for: one that cannot be stored is nowhere, and neither is the empty one. */
export const sought = (value: string): string => (isStorable(value) ? value : '')
