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

interface Index<T extends RecordBase> {
  readonly name: string
  readonly keyOf: (record: T) => string | null
  readonly timelines: Map<string, Timeline<Slot<T>>>
}

/** The records of one kind, in all the timelines by which they are asked for. */
export class Lists<T extends RecordBase> {
  readonly #all = new Timeline<Slot<T>>()
  readonly #indexes: Index<T>[] = []
  readonly #conditions = new Map<string, (slot: Slot<T>, wanted: never) => boolean>()
  /** What stands in no index yet: it is put there when somebody looks, and most of what is kept is never looked for. */
  #unindexed: Slot<T>[] = []

  constructor(filters: { readonly [name: string]: Filter<T, never> }) {
    for (const [name, filter] of Object.entries(filters)) {
      if ('value' in filter) this.#indexes.push({ name, keyOf: filter.value, timelines: new Map() })
      else this.#conditions.set(name, filter.holds)
    }
  }

  add(slot: Slot<T>): void {
    this.#all.add(slot)
    this.#unindexed.push(slot)
  }

  /** Brings the indexes up to date. A record changes its place in them as another slot alone. */
  #index(): void {
    for (const slot of this.#unindexed) {
      for (const { keyOf, timelines } of this.#indexes) {
        const value = keyOf(slot.record)
        if (value === null) continue
        const timeline = timelines.get(value)
        if (timeline === undefined) timelines.set(value, new Timeline(slot))
        else timeline.add(slot)
      }
    }
    this.#unindexed = []
  }

  /** Tells of a record that was marked dead. */
  forget(slot: Slot<T>): void {
    this.#index()
    this.#all.forget()
    for (const { keyOf, timelines } of this.#indexes) {
      const value = keyOf(slot.record)
      if (value === null) continue
      const timeline = timelines.get(value)
      timeline?.forget()
      if (timeline?.isEmpty) timelines.delete(value)
    }
  }

  /** Whether two records stand in the same timelines. */
  areTogether(a: T, b: T): boolean {
    return this.#indexes.every(({ keyOf }) => keyOf(a) === keyOf(b))
  }

  /** Newest first, those for which every condition holds: of one timeline, however many there are of others. */
  *newestFirst(filter: object, after: Position | undefined): Iterable<Slot<T>> {
    const { timeline, matches } = this.#search(filter)
    for (const slot of timeline?.newestFirst(after) ?? []) if (matches(slot)) yield slot
  }

  *oldestFirst(filter: object): Iterable<Slot<T>> {
    const { timeline, matches } = this.#search(filter)
    for (const slot of timeline?.oldestFirst() ?? []) if (matches(slot)) yield slot
  }

  #search(filter: object) {
    this.#index()
    const wanted = new Map<string, unknown>(Object.entries(filter).filter(([, value]) => value !== undefined))
    const [first, ...others] = this.#indexes
      .filter(({ name }) => wanted.has(name))
      .map(({ name, keyOf, timelines }) => ({ keyOf, timelines, value: textOf(wanted.get(name)) }))
    const conditions = [...this.#conditions].filter(([name]) => wanted.has(name))
    return {
      timeline: first === undefined ? this.#all : first.timelines.get(first.value),
      matches: (slot: Slot<T>) =>
        others.every(({ keyOf, value }) => keyOf(slot.record) === value) &&
        conditions.every(([name, holds]) => holds(slot, wanted.get(name) as never)),
    }
  }
}

const textOf = (wanted: unknown): string =>
  typeof wanted === 'string' ? wanted : (named(wanted as Owner | ActorRef) as string)
