import type { Kind } from '../records.js'
import type { Change, Changes, Effect } from '../store.js'
import { frozenCopy } from './copy.js'

/** How long the feed reaches back: whoever has followed it within this time misses nothing. */
const RETENTION = 7 * 24 * 60 * 60 * 1000

/** However much ends at once, the feed keeps at least the last half of so many entries. */
const MOST = 100_000

/** The revocation feed. Its numbers have no gaps. */
export class Feed {
  #changes: Change[] = []
  #last = 0

  add(kind: Kind, id: string, at: number, effect: Effect): void {
    this.#changes.push(frozenCopy({ ...effect, number: ++this.#last, at, kind, id }))
    if (this.#changes.length > MOST) this.#changes.splice(0, MOST / 2)
  }

  /** What follows a cursor; or, where the feed does not have that, its end: where to go on once all has been read anew. */
  after(cursor: number, limit: number): Changes {
    const first = this.#last - this.#changes.length
    if (!(cursor >= first && cursor <= this.#last)) return { changes: [], cursor: this.#last, reset: true }
    const changes = this.#changes.slice(cursor - first, cursor - first + limit)
    return { changes, cursor: cursor + changes.length, reset: false }
  }

  sweep(now: number, limit: number): number {
    let old = 0
    while (old < limit && this.#isOld(this.#changes[old], now)) old++
    this.#changes.splice(0, old)
    return old
  }

  hasDue(now: number): boolean {
    return this.#isOld(this.#changes[0], now)
  }

  #isOld(change: Change | undefined, now: number): boolean {
    return change !== undefined && change.at + RETENTION <= now
  }
}
