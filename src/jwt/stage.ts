import { tupleKey } from '../core/digest.js'
import type { EventType } from '../core/event.js'
import type { KeyRecord } from '../store/records.js'
import type { Row } from '../store/store.js'

/*
 * Keys form a line: each but the first was made as the successor of the last one, and a unique key of the store sees to it that there
 * is one successor only. Nobody appoints the key that signs: it is the latest whose time has come, so that there is exactly one
 * whatever races; and where that one was revoked, the one after it, whose time has come with that. A time is written only after what it
 * counts from was seen in the store, so that a process which stalled between its read and its write makes no interval shorter.
 */

/**
 * Where a signing key is in its life.
 *
 * | stage | meaning |
 * |---|---|
 * | `announced` | it is published, and is going to sign |
 * | `active` | it signs |
 * | `retiring` | it signs no more, and verifies until its last token has expired |
 * | `gone` | it verifies nothing, and its private half is erased |
 */
export type Stage = KeyRecord['stage']
export type KeyRow = Row<'key'>

/** How long things last, in milliseconds. */
export interface Terms {
  /** From being seen in the store to the first signature: for so long others may not have heard of a key. */
  readonly lead: number
  /** From the first signature of the successor that was seen, to the end: until then tokens of the key may live. */
  readonly retirement: number
  /** How long a key signs before it is given a successor; `null` for ever. */
  readonly rotateEvery: number | null
  /** How long the record of a key that is gone is kept, without its private half. */
  readonly tombstone: number
}

/** A key in the stage that it is in now. */
export interface StagedKey {
  readonly row: KeyRow
  readonly stage: Stage
}

/** What becomes of a key now. */
export interface Step {
  readonly row: KeyRow
  readonly next: KeyRecord
  /** Absent where nothing is to be told. */
  readonly type?: EventType
}

/** When stages may next be other than they are, without anything being written; `Infinity` for never. */
export function nextMoment(rows: readonly KeyRow[], now: number, { retirement }: Terms): number {
  const moments = rows.flatMap(({ record: { activeAt, retiresAt } }) => [
    activeAt ?? Infinity,
    retiresAt === null ? Infinity : retiresAt + retirement,
  ])
  return Math.min(Infinity, ...moments.filter((moment) => moment > now))
}

const NOT_YET = Number.MAX_SAFE_INTEGER

/** The line of keys, from the first to the last, each in its stage: one of them is active, unless there is none at all. */
export function stagesAt(rows: readonly KeyRow[], now: number, { retirement }: Terms): readonly StagedKey[] {
  const line = [...rows].sort(
    ({ record: a }, { record: b }) => (a.activeAt ?? NOT_YET) - (b.activeAt ?? NOT_YET) || a.order - b.order,
  )
  const isLeft = ({ stage, retiresAt }: KeyRecord) =>
    stage === 'gone' || (retiresAt !== null && retiresAt + retirement <= now)
  const active = placeOfActive(line, now)
  return line.map((row, place) => {
    if (place === active) return { row, stage: 'active' }
    if (place > active && row.record.stage !== 'gone') return { row, stage: 'announced' }
    return { row, stage: isLeft(row.record) ? 'gone' : 'retiring' }
  })
}

function placeOfActive(line: readonly KeyRow[], now: number): number {
  const isThere = ({ record }: KeyRow) => record.stage !== 'gone'
  // A key that is gone and never retired has never signed: it hands nothing over.
  const latest = line.findLastIndex(
    ({ record: { activeAt, stage, retiresAt } }) =>
      (activeAt ?? NOT_YET) <= now && (stage !== 'gone' || retiresAt !== null),
  )
  const next = line.findIndex((row, place) => place >= latest && isThere(row))
  // A clock that was set back, and the keys of a store that was restored, leave one to sign all the same.
  return next === -1 ? line.findLastIndex(isThere) : next
}

/** What is to be written of all that has happened meanwhile. Whoever sees it writes it; the first one does. */
export function stepsDue(keys: readonly StagedKey[], now: number, terms: Terms): readonly Step[] {
  return keys.flatMap(({ row, stage }) => {
    const { record } = row
    if (stage === 'announced') {
      return record.activeAt === null ? [{ row, next: { ...record, activeAt: now + terms.lead } }] : []
    }
    return record.stage === stage ? [] : [{ row, ...ENTERING[stage](record, now, terms) }]
  })
}

const ENTERING: {
  readonly [S in Exclude<Stage, 'announced'>]: (record: KeyRecord, now: number, terms: Terms) => Omit<Step, 'row'>
} = {
  active: (record, now) => ({
    next: { ...record, stage: 'active', activeAt: Math.min(record.activeAt ?? now, now), retiresAt: null },
    type: 'key.activated',
  }),
  retiring: (record, now) => ({ next: { ...record, stage: 'retiring', retiresAt: now }, type: 'key.retired' }),
  gone: (record, now, { tombstone }) => ({
    next: { ...record, stage: 'gone', sealed: null, keepUntil: now + tombstone },
    type: 'key.removed',
  }),
}

/** What a key becomes that is revoked: gone at once. It is out of the line from now on, whenever it was to sign. */
export function revokedRecord({ row: { record }, stage }: StagedKey, now: number, { tombstone }: Terms): KeyRecord {
  const activeAt = Math.min(record.activeAt ?? now, now)
  const retiresAt = stage === 'announced' ? null : (record.retiresAt ?? now)
  return { ...record, stage: 'gone', sealed: null, activeAt, retiresAt, keepUntil: now + tombstone }
}

/** Whether the key that signs has done so for so long that it is to be given a successor, which will take over in time. */
export function needsSuccessor(keys: readonly StagedKey[], now: number, { rotateEvery, lead }: Terms): boolean {
  if (rotateEvery === null || keys.some(({ stage }) => stage === 'announced')) return false
  const signing = keys.find(({ stage }) => stage === 'active')
  return signing !== undefined && (signing.row.record.activeAt ?? now) + rotateEvery - lead <= now
}

/** The unique key of the successor of a key. */
export const successorOf = (kid: string): string => tupleKey('key', 'after', kid)

/** The key at the end of the line: the latest that has no successor. */
export function lastOf(keys: readonly StagedKey[]): StagedKey {
  const succeeded = new Set(keys.map(({ row }) => row.record.unique))
  return keys.findLast(({ row }) => !succeeded.has(successorOf(row.id))) as StagedKey
}
