import type { ActorRef, Owner } from '../../core/subject.js'
import type { EventRecord, Kind, RecordBase, Records } from '../records.js'
import type { Filters, ListKind, Position } from '../store.js'
import type { Slot } from './slot.js'
import { Timeline } from './timeline.js'

/** What the lists of a kind go through. */
type Content<K extends ListKind> = K extends Kind ? Records[K] : EventRecord

/** A filter for one value of what it names, kept as an index; or one that every entry is asked. */
type Filter<T extends RecordBase, Wanted> =
  | { readonly value: (record: T) => string | null }
  | { readonly holds: (entry: Slot<T>, wanted: Wanted) => boolean }

const named = (of: Owner | ActorRef | undefined): string | null => (of === undefined ? null : `${of.kind}:${of.id}`)

/** Every filter of every list. An index is taken where there is one, and the first of several. */
export const FILTERS: {
  readonly [K in ListKind]: { readonly [F in keyof Filters[K]]-?: Filter<Content<K>, NonNullable<Filters[K][F]>> }
} = {
  token: {
    owner: { value: ({ owner }) => named(owner) },
    tenant: { value: ({ tenant }) => tenant },
    expiresAfter: { holds: ({ record: { expiresAt } }, moment) => expiresAt !== null && expiresAt > moment },
    expiresBy: { holds: ({ record: { expiresAt } }, moment) => expiresAt !== null && expiresAt <= moment },
    idleSince: { holds: ({ record, use }, moment) => Math.max(record.createdAt, use?.at ?? 0) <= moment },
    unrevoked: { holds: ({ record: { revoked } }, wanted) => !wanted || revoked === null },
  },
  account: {
    tenant: { value: ({ tenant }) => tenant },
    type: { value: ({ type }) => type },
    undeleted: { holds: ({ record: { status } }, wanted) => !wanted || status !== 'deleted' },
  },
  client: { tenant: { value: ({ tenant }) => tenant } },
  grant: {
    subject: { value: ({ subject }) => subject },
    client: { value: ({ client }) => client },
    tenant: { value: ({ tenant }) => tenant },
  },
  key: {},
  event: {
    about: { value: ({ about }) => about },
    owner: { value: ({ owner }) => named(owner) },
    by: { value: ({ by }) => named(by) },
    tenant: { value: ({ tenant }) => tenant ?? null },
  },
}

const EVERYTHING = ''

/** The entries of one kind, in all the timelines by which they are asked for. */
export class Lists<T extends RecordBase> {
  readonly #filters: readonly (readonly [string, Filter<T, never>])[]
  readonly #timelines = new Map<string, Timeline<Slot<T>>>()

  constructor(filters: { readonly [name: string]: Filter<T, never> }) {
    this.#filters = Object.entries(filters)
  }

  add(entry: Slot<T>): void {
    for (const key of this.keys(entry.record)) {
      const timeline = this.#timelines.get(key)
      if (timeline === undefined) this.#timelines.set(key, new Timeline(entry))
      else timeline.add(entry)
    }
  }

  /** Tells of an entry that was marked dead. */
  forget(entry: Slot<T>): void {
    for (const key of this.keys(entry.record)) {
      const timeline = this.#timelines.get(key)
      timeline?.forget()
      if (timeline?.isEmpty) this.#timelines.delete(key)
    }
  }

  /** In which timelines a record stands. */
  keys(record: T): readonly string[] {
    const keys = [EVERYTHING]
    for (const [name, filter] of this.#filters) {
      const value = 'value' in filter ? filter.value(record) : null
      if (value !== null) keys.push(`${name}=${value}`)
    }
    return keys
  }

  /** Newest first, those for which every condition holds: of one timeline, however many there are of others. */
  *newestFirst(wanted: object, after: Position | undefined): Iterable<Slot<T>> {
    const conditions: ((entry: Slot<T>) => boolean)[] = []
    let timeline = EVERYTHING
    for (const [name, filter] of this.#filters) {
      const asked: unknown = (wanted as Record<string, unknown>)[name]
      if (asked === undefined) continue
      if ('holds' in filter) conditions.push((entry) => filter.holds(entry, asked as never))
      else {
        const text = typeof asked === 'string' ? asked : named(asked as Owner)
        if (timeline === EVERYTHING) timeline = `${name}=${text}`
        else conditions.push(({ record }) => filter.value(record) === text)
      }
    }
    for (const entry of this.#timelines.get(timeline)?.newestFirst(after) ?? []) {
      if (conditions.every((holds) => holds(entry))) yield entry
    }
  }
}
