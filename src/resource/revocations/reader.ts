import { findBeginning } from './begin.js'
import { Known } from './known.js'
import type { Source } from './source.js'

const PAGE = 1000
/** As many pages are read at a time; a feed that is longer goes on with the next reading. */
const MOST_PAGES = 200

/** Reads a feed, and keeps in mind what it told and how far it was read. */
export class Reader {
  readonly #source: Source
  readonly #most: number
  readonly #endedKeys = new Set<string>()
  #known: Known | undefined
  #cursor = 0
  #latest = Number.NEGATIVE_INFINITY

  constructor(source: Source, most: number) {
    this.#source = source
    this.#most = most
  }

  get known(): Known | undefined {
    return this.#known
  }

  forget(): void {
    this.#known = undefined
  }

  /**
   * Reads to the end of the feed, which is where it has nothing more, and forgets what is from before `from`; changes nothing any more
   * once it is not wanted. Rejects where the feed cannot be followed.
   */
  async read(from: number, isWanted: () => boolean): Promise<void> {
    // Where the clock was set back, what was forgotten may matter again.
    if (from < this.#latest) this.forget()
    this.#latest = from
    const hadBegun = this.#known !== undefined
    if (await this.#readOn(from, isWanted)) return
    // Away for too long, or another feed: it starts anew, once.
    if (hadBegun && (await this.#readOn(from, isWanted))) return
    throw new RangeError('the feed does not go on')
  }

  /** Whether it could go on from where it was. */
  async #readOn(from: number, isWanted: () => boolean): Promise<boolean> {
    if (this.#known === undefined) {
      const begins = await findBeginning(this.#source, from)
      if (!isWanted()) return true
      this.#known = new Known(begins.since, this.#most, this.#endedKeys)
      this.#cursor = begins.cursor
    }
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const { changes, cursor, reset } = await this.#source(this.#cursor, PAGE)
      if (!isWanted()) return true
      if (reset) {
        this.forget()
        return false
      }
      for (const change of changes) this.#known.tell(change)
      this.#cursor = cursor
      if (changes.length > 0) continue
      this.#known.forgetUntil(from)
      return true
    }
    throw new RangeError('the feed has no end yet')
  }
}
