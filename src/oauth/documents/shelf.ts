/** What this process knows of a document. */
interface Entry {
  /** Until when what the store has is taken for what the document says. */
  readonly freshUntil: number
  /** How often it could not be had in a row, and from when on it may be asked for again. */
  readonly failures: number
  readonly retryAt: number
}

const MOST = 1000
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000
const NOTHING: Entry = { freshUntil: 0, failures: 0, retryAt: 0 }

/**
 * Which documents are fresh, and which failed. The documents themselves are in the store: this is bounded, and may be forgotten at any
 * time. A failure is never kept as an answer: the next request asks again, after the second one with growing waits.
 */
export class Shelf {
  readonly #entries = new Map<string, Entry>()

  isFresh(id: string, now: number): boolean {
    return this.#of(id).freshUntil > now
  }

  mayAsk(id: string, now: number): boolean {
    return this.#of(id).retryAt <= now
  }

  succeeded(id: string, freshUntil: number): void {
    this.#put(id, { ...NOTHING, freshUntil })
  }

  failed(id: string, now: number): void {
    const failures = this.#of(id).failures + 1
    const wait = failures < 2 ? 0 : Math.min(FIRST_WAIT * 2 ** Math.min(failures - 2, 10), LONGEST_WAIT)
    this.#put(id, { freshUntil: 0, failures, retryAt: now + wait })
  }

  #of(id: string): Entry {
    return this.#entries.get(id) ?? NOTHING
  }

  #put(id: string, entry: Entry): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    if (this.#entries.size <= MOST) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      break
    }
  }
}
