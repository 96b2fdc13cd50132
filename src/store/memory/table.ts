import type { Counters } from '../budget.js'
import type { Step } from '../chain.js'
import type { RecordBase } from '../records.js'
import type { Lists } from './lists.js'
import { Schedule } from './schedule.js'
import type { Slot } from './slot.js'

const NO_COUNTERS: Counters = Object.freeze({})

/** The records of one kind: by id, by unique key, in lists, and by when a sweep may take them. */
export class Table<T extends RecordBase> {
  readonly slots = new Map<string, Slot<T>>()
  readonly #holders = new Map<string, Slot<T>>()
  readonly #schedule = new Schedule<Slot<T>>()
  readonly #lists: Lists<T> | undefined

  constructor(lists?: Lists<T>) {
    this.#lists = lists
  }

  holder(unique: string | null): Slot<T> | undefined {
    return unique === null ? undefined : this.#holders.get(unique)
  }

  /** Puts a record in the place of another one, or of none. */
  put(id: string, before: Slot<T> | undefined, record: T, steps: readonly Step[]): void {
    const { order, keepUntil, unique } = record
    if (before !== undefined && this.#staysInPlace(before, record)) {
      if (before.record.unique !== unique) this.#release(before)
      before.version++
      before.record = record
      before.keepUntil = keepUntil
      before.steps = steps
      this.#hold(before)
      return
    }
    const { version = 0, use = null, counters = NO_COUNTERS } = before ?? {}
    if (before !== undefined) this.remove(before)
    const slot = { id, order, keepUntil, version: version + 1, record, steps, use, counters, dead: false, dueAt: 0 }
    this.slots.set(id, slot)
    this.#lists?.add(slot)
    this.#hold(slot)
  }

  remove(slot: Slot<T>): void {
    this.slots.delete(slot.id)
    this.#release(slot)
    slot.dead = true
    this.#lists?.forget(slot)
    this.#schedule.forget(slot)
  }

  /** Removes what is due, at most `limit` of it, and says how many. */
  sweep(now: number, limit: number): number {
    let removed = 0
    for (; removed < limit; removed++) {
      const due = this.#schedule.due(now)
      if (due === undefined) break
      this.remove(due)
    }
    return removed
  }

  hasDue(now: number): boolean {
    return this.#schedule.due(now) !== undefined
  }

  newestFirst(...args: Parameters<Lists<T>['newestFirst']>): Iterable<Slot<T>> {
    return this.#lists?.newestFirst(...args) ?? []
  }

  /** Whether a record can take another one's place without moving in a list, or up in the schedule. */
  #staysInPlace({ record, dueAt }: Slot<T>, next: T): boolean {
    if (next.order !== record.order) return false
    if (next.keepUntil !== null && next.keepUntil < dueAt) return false
    const keys = this.#lists?.keys(next) ?? []
    return (this.#lists?.keys(record) ?? []).every((key, i) => key === keys[i])
  }

  #hold(slot: Slot<T>): void {
    if (slot.record.unique !== null) this.#holders.set(slot.record.unique, slot)
    this.#schedule.add(slot)
  }

  #release({ record: { unique } }: Slot<T>): void {
    if (unique !== null) this.#holders.delete(unique)
  }
}
