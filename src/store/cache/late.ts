import type { Kind } from '../records.js'
import type { ReadWith, TokenStore } from '../store.js'
import { type Kept, keep, nameOf } from './kept.js'
import { Moves } from './moves.js'
import type { Moment, Passing } from './passing.js'
import { Shelf } from './shelf.js'

/** How long it may go unseen, in milliseconds, that there now is what was not there. */
const LONGEST_MISSING = 1000

/** An answer with the read that it came from. */
interface Entry extends Kept {
  readonly began: Moment
  /** For how long after that it may be given, in milliseconds. */
  readonly life: number
  /** None of the moves up to this one concerns it. */
  order: number
}

/** A read that is under way. */
interface Flight {
  readonly began: Moment
  readonly landed: Promise<{ readonly answer: ReadWith<Kind>; readonly entry: Entry | undefined }>
}

/** Reads that may be late: each is answered from what was read before, while that is good enough, and else by one read for all who ask. */
export class LateReads {
  readonly #store: TokenStore
  readonly #passing: Passing
  readonly #maxStaleness: number
  readonly #moves: Moves
  readonly #found: Shelf<Entry>
  /** On its own, so that a flood of ids that do not exist drives out nothing that does. */
  readonly #missing: Shelf<Entry>
  readonly #flights = new Map<string, Flight>()

  constructor(store: TokenStore, passing: Passing, maxStaleness: number, max: number) {
    this.#store = store
    this.#passing = passing
    this.#maxStaleness = maxStaleness
    this.#moves = new Moves(max)
    this.#found = new Shelf(max)
    this.#missing = new Shelf(Math.ceil(max / 10))
  }

  get(kind: Kind, id: string): Promise<ReadWith<Kind>> {
    const name = nameOf(kind, id)
    const entry = this.#entryOf(name)
    const answer = entry && this.#given(entry)
    return answer === undefined ? this.#readOnce(kind, id, name) : Promise.resolve(answer)
  }

  /** A record has moved: what is kept of it or hangs on it, and what is being read, is of no use to those who ask from now on. */
  forget(kind: Kind, id: string): void {
    const name = nameOf(kind, id)
    this.#moves.note(name)
    this.#found.drop(name)
    this.#missing.drop(name)
  }

  /** A record was read otherwise. If what is kept of it is not that, it has moved. */
  notice(kind: Kind, id: string, version: unknown): void {
    const entry = this.#entryOf(nameOf(kind, id))
    if (entry !== undefined && entry.answer.version !== version) this.forget(kind, id)
  }

  #entryOf(name: string): Entry | undefined {
    return this.#found.get(name) ?? this.#missing.get(name)
  }

  /** An answer as of now, where it may still be given. */
  #given(entry: Entry): ReadWith<Kind> | undefined {
    const age = this.#passing.since(entry.began)
    if (!(age >= 0 && age < entry.life)) return undefined
    // Since reading began, and not since it ended: never behind the store's own clock.
    const now = entry.answer.now + Math.ceil(age)
    if (now >= entry.until || this.#hasMoved(entry)) return undefined
    const { version, record, chain } = entry.answer
    return { now, version, record, chain }
  }

  #hasMoved(entry: Entry): boolean {
    const { order } = this.#moves
    if (entry.order === order) return false
    if (!this.#moves.haveSpared(entry.names, entry.order)) return true
    entry.order = order
    return false
  }

  /** Waits for a read that is under way, if that is good enough for who asks later, and else for one that began after they asked. */
  async #readOnce(kind: Kind, id: string, name: string): Promise<ReadWith<Kind>> {
    const flown = this.#flights.get(name)
    const age = flown === undefined ? Infinity : this.#passing.since(flown.began)
    if (flown !== undefined && age >= 0 && age < this.#maxStaleness) {
      const { entry } = await flown.landed
      const answer = entry && this.#given(entry)
      if (answer !== undefined) return answer
    }
    const later = this.#flights.get(name)
    const flight = later === undefined || later === flown ? this.#launch(kind, id, name) : later
    return (await flight.landed).answer
  }

  #launch(kind: Kind, id: string, name: string): Flight {
    const began = this.#passing.now()
    const { order } = this.#moves
    const flight: Flight = {
      began,
      // Not at once, so that it never lands before it is known.
      landed: Promise.resolve()
        .then(() => this.#read(kind, id, name, began, order))
        .finally(() => {
          if (this.#flights.get(name) === flight) this.#flights.delete(name)
        }),
    }
    this.#flights.set(name, flight)
    return flight
  }

  async #read(kind: Kind, id: string, name: string, began: Moment, order: number): Flight['landed'] {
    const read = await this.#store.getWith(kind, id)
    const kept = keep(kind, id, read)
    if (kept === undefined) return { answer: read, entry: undefined }
    const isMissing = kept.answer.record === undefined
    const life = isMissing ? Math.min(LONGEST_MISSING, this.#maxStaleness) : this.#maxStaleness
    // Name by name: an object that begins with a spread is slow to read ever after, and this one is read with each check.
    const { answer, names, until } = kept
    const entry: Entry = { answer, names, until, began, life, order }
    if (this.#given(entry) !== undefined) {
      const [to, from] = isMissing ? [this.#missing, this.#found] : [this.#found, this.#missing]
      from.drop(name)
      to.put(name, entry)
    }
    return { answer, entry }
  }
}
