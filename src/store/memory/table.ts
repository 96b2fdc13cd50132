import type { RecordBase } from '../records.js'
import type { Position } from '../store.js'
import type { Lists } from './lists.js'
import { Schedule } from './schedule.js'
import { Slot } from './slot.js'

/** Records of one kind: in lists, and by when a sweep may take them. */
export class Shelf<T extends RecordBase> {
  protected readonly lists: Lists<T> | undefined
  protected readonly schedule = new Schedule<Slot<T>>()

  constructor(lists?: Lists<T>) {
    this.lists = lists
  }

  add(id: string, record: T, before?: Slot<T>): Slot<T> {
    const slot = new Slot(id, record, before)
    this.lists?.add(slot)
    this.schedule.add(slot)
    return slot
  }

  remove(slot: Slot<T>): void {
    slot.dead = true
    this.lists?.forget(slot)
    this.schedule.forget(slot)
  }

  /** Removes what is due, at most `limit` of it, and says how many. */
  sweep(now: number, limit: number): number {
    let removed = 0
    for (; removed < limit; removed++) {
      const due = this.schedule.due(now)
      if (due === undefined) break
      this.take(due)
    }
    return removed
  }

  /** Sees to a slot that is due. */
  protected take(slot: Slot<T>): void {
    this.remove(slot)
  }

  hasDue(now: number): boolean {
    return this.schedule.due(now) !== undefined
  }

  newestFirst(filter: object, after: Position | undefined): Iterable<Slot<T>> {
    return this.lists?.newestFirst(filter, after) ?? []
  }

  oldestFirst(filter: object): Iterable<Slot<T>> {
    return this.lists?.oldestFirst(filter) ?? []
  }
}

/** Records that are found by id and by unique key. */
export class Table<T extends RecordBase> extends Shelf<T> {
  readonly #slots = new Map<string, Slot<T>>()
  readonly #holders = new Map<string, Slot<T>>()
  /** How often something in it was changed. */
  moves = 0

  get(id: string): Slot<T> | undefined {
    return this.#slots.get(id)
  }

  holder(unique: string | null): Slot<T> | undefined {
    return unique === null ? undefined : this.#holders.get(unique)
  }

  /** Puts a record in the place of another one, or of none. */
  put(id: string, before: Slot<T> | undefined, record: T): void {
    this.moves++
    if (before !== undefined && this.#staysInPlace(before, record)) {
      if (before.record.unique !== record.unique) this.#release(before)
      before.version++
      before.record = record
      before.chain = undefined
      this.schedule.add(before)
      this.#hold(before)
      return
    }
    if (before !== undefined) this.remove(before)
    const slot = this.add(id, record, before)
    this.#slots.set(id, slot)
    this.#hold(slot)
  }

  override remove(slot: Slot<T>): void {
    this.moves++
    super.remove(slot)
    this.#slots.delete(slot.id)
    this.#release(slot)
  }

  /** Whether a record can take another one's place without moving in a list, or up in the schedule. */
  #staysInPlace({ record, dueAt }: Slot<T>, next: T): boolean {
    if (next.order !== record.order || (next.keepUntil !== null && next.keepUntil < dueAt)) return false
    return this.lists?.areTogether(record, next) ?? true
  }

  #hold(slot: Slot<T>): void {
    if (slot.record.unique !== null) this.#holders.set(slot.record.unique, slot)
  }

  #release({ record: { unique } }: Slot<T>): void {
    if (unique !== null) this.#holders.delete(unique)
  }
}
