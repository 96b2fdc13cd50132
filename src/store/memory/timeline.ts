import type { Position } from '../store.js'

/** What has a place among its kind: by its order, and by its id where the order is the same. */
export interface Placed extends Position {
  /** Set when it has gone, or another one has taken its place. */
  readonly dead: boolean
}

/** Ids compare by their UTF-16 units: exactly, and the same everywhere. */
const isOlder = (a: Position, b: Position) => a.order < b.order || (a.order === b.order && a.id < b.id)

/** Entries in their order. What is new goes to the end, and what is dead stays until it is half of all. */
export class Timeline<T extends Placed> {
  #entries: T[]
  #dead = 0

  constructor(first?: T) {
    this.#entries = first === undefined ? [] : [first]
  }

  get isEmpty(): boolean {
    return this.#dead === this.#entries.length
  }

  add(entry: T): void {
    const last = this.#entries.at(-1)
    if (last === undefined || isOlder(last, entry)) this.#entries.push(entry)
    else this.#entries.splice(this.#olderThan(entry), 0, entry)
  }

  /** Tells of an entry that was marked dead. */
  forget(): void {
    this.#dead++
    if (this.#dead * 2 <= this.#entries.length) return
    this.#entries = this.#entries.filter(({ dead }) => !dead)
    this.#dead = 0
  }

  /** Newest first, from what is older than a position. */
  *newestFirst(after: Position | undefined): Iterable<T> {
    const entries = this.#entries
    for (let i = after === undefined ? entries.length - 1 : this.#olderThan(after) - 1; i >= 0; i--) {
      const entry = entries[i] as T
      if (!entry.dead) yield entry
    }
  }

  *oldestFirst(): Iterable<T> {
    for (const entry of this.#entries) if (!entry.dead) yield entry
  }

  /** How many entries are older. */
  #olderThan(position: Position): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isOlder(this.#entries[middle] as T, position)) low = middle + 1
      else high = middle
    }
    return low
  }
}
