import type { Source } from './source.js'

/** Where to begin to follow, and from when on all changes are told from there; times are milliseconds by the clock of the store. */
export interface Beginning {
  readonly cursor: number
  readonly since: number
}

/** A feed that drops entries for their number, and not for their age, keeps more than so many. */
const LEAST_KEPT = 10_000

/**
 * Looks for the place in the feed from which on it has all changes since `from`, halving what is left: the feed is ordered by time, and
 * no longer has its beginning. Where it does not reach back so far because too much has happened since, says since when it does.
 */
export async function findBeginning(source: Source, from: number): Promise<Beginning> {
  // The end of the feed is what it answers to a cursor that it never handed out.
  const { cursor: end } = await source(Number.MAX_SAFE_INTEGER, 1)
  let [low, high] = [0, end]
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2)
    const { changes, reset } = await source(middle, 1)
    const [next] = changes
    if (reset) low = middle + 1
    else if (next !== undefined && next.at < from) low = Math.min(high, next.number)
    else high = middle
  }
  const { changes, reset } = await source(low, 1)
  if (reset) throw new RangeError('the feed was swept meanwhile')
  const isCut = low > 0 && end - low >= LEAST_KEPT && (await source(low - 1, 1)).reset
  return { cursor: low, since: isCut ? Math.max(from, changes[0]?.at ?? from) : from }
}
