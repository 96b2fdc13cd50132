import type { Change, Changes } from '../../store/store.js'
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
  /** The last entry that was read. */
  #last: Change | undefined
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
      this.#last = undefined
    }
    let seam = this.#last
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await this.#page(seam)
      if (!isWanted()) return true
      if (page === undefined) {
        this.forget()
        return false
      }
      seam = undefined
      for (const change of page.changes) this.#known.tell(change)
      this.#cursor = page.cursor
      this.#last = page.changes.at(-1) ?? this.#last
      if (page.changes.length > 0) continue
      this.#known.forgetUntil(from)
      return true
    }
    throw new RangeError('the feed has no end yet')
  }

  /** The page behind what was read, if the feed goes on from there; behind `seam`, if it still has that as it was. */
  async #page(seam: Change | undefined): Promise<Changes | undefined> {
    if (seam !== undefined) {
      const { changes, cursor, reset } = await this.#source(seam.number - 1, PAGE)
      const [first, ...others] = changes
      if (!reset) return isSame(first, seam) ? { changes: others, cursor, reset } : undefined
      // It may have been swept: then the numbers alone tell.
    }
    const page = await this.#source(this.#cursor, PAGE)
    return page.reset ? undefined : page
  }
}

/**
 * Whether an entry is the one that was read before. The database of the feed may have been restored, or a replica put in its place that had
 * not heard of everything, and have counted on from there: other entries have the numbers then, and some of them were never read.
 */
const isSame = (entry: Change | undefined, read: Change): boolean =>
  entry !== undefined &&
  (['number', 'at', 'kind', 'id', 'effect', 'status'] as const).every((member) => entry[member] === read[member])
