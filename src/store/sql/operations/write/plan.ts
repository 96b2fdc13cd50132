import { randomBase62 } from '../../../../core/base62.js'
import type { Kind, RecordBase } from '../../../records.js'
import type { Condition, WriteOptions } from '../../../store.js'
import type { Value } from '../../engine.js'
import { keyText, valuesOf } from '../../rows.js'
import type { Arguments } from '../../statement.js'
import { type Column, EVENTS, RECORDS, type Table } from '../../tables.js'

/** What becomes of the row of a record. `keep` only makes sure that there is none. */
export type Put = 'insert' | 'update' | 'remove' | 'keep'

/** What a write is made of; writes of the same shape are the same statements with other values. */
export interface Shape {
  readonly kind: Kind
  readonly put: Put
  /** What is locked before, in this order: records that are there, and places where none is. */
  readonly conditions: readonly { readonly kind: Kind; readonly isThere: boolean }[]
  readonly keepsEvent: boolean
  readonly feeds: boolean
}

/** A write that can be tried again: it has an id of its own in the row that it makes. */
export interface Plan {
  readonly shape: Shape
  readonly args: Arguments
  readonly writeId: string
}

/** The name of the value of a condition, and of a column of an event. */
export const conditionValue = (number: number, member: 'id' | 'version') => `c${number}_${member}`
export const eventValue = ({ name }: Column) => `event_${name}`

/** 95 random bits. */
const WRITE_ID_LENGTH = 16

/** `undefined` where it cannot take place, since what it demands contradicts itself. */
export function planOf(
  kind: Kind,
  id: string,
  expected: number,
  next: RecordBase | null,
  { onlyIf = [], event, change }: WriteOptions,
): Plan | undefined {
  const conditions = inOrder(onlyIf, { kind, id, version: expected })
  if (conditions === undefined) return undefined
  const writeId = randomBase62(WRITE_ID_LENGTH)
  const put = next === null ? (expected === 0 ? 'keep' : 'remove') : expected === 0 ? 'insert' : 'update'
  return {
    writeId,
    shape: {
      kind,
      put,
      conditions: conditions.map(({ kind, version }) => ({ kind, isThere: version !== 0 })),
      keepsEvent: event !== undefined,
      feeds: change !== undefined,
    },
    args: {
      ...(next && valuesOf(RECORDS[kind], next)),
      id: keyText(id, 'an id'),
      expected,
      write_id: writeId,
      ...Object.assign({}, ...conditions.map(conditionArgs)),
      ...(event && eventArgs(EVENTS, event)),
      ...(change && {
        effect: change.effect,
        status_fed: keyText(change.status, 'a status'),
        epochs: JSON.stringify(change.epochs),
      }),
    },
  }
}

const conditionArgs = ({ id, version }: Condition, number: number) => ({
  [conditionValue(number, 'id')]: keyText(id, 'an id'),
  [conditionValue(number, 'version')]: version,
})

function eventArgs({ columns }: Table, event: object): Record<string, Value> {
  const values = valuesOf(EVENTS, event)
  return Object.fromEntries(columns.map((column) => [eventValue(column), values[column.name] ?? null]))
}

/**
 * Conditions in the order in which every write locks them, each once; that of the written record itself is part of the write.
 * `undefined` where they cannot all hold.
 */
function inOrder(conditions: readonly Condition[], target: Condition): readonly Condition[] | undefined {
  const nameOf = ({ kind, id }: Condition) => `${kind} ${id}`
  const known = new Map([[nameOf(target), target]])
  for (const condition of conditions) {
    const name = nameOf(condition)
    if ((known.get(name) ?? condition).version !== condition.version) return undefined
    if (!known.has(name)) known.set(name, condition)
  }
  known.delete(nameOf(target))
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, condition]) => condition)
}
