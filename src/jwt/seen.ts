import { sha256 } from '../core/digest.js'

/** What was found out about tokens before, so that it need not be found out again. */
export interface Seen<Result> {
  /** What this very token is remembered by. */
  keyOf(token: string): string
  /** What is known of a token, if it still holds. */
  get(key: string, moment: Moment): Result | undefined
  /** Keeps what was begun to be found out at a moment, until a time in milliseconds or the bound. */
  add(key: string, result: Result, until: number, moment: Moment): void
}

/** A time in milliseconds, and the revision of the keys. */
export interface Moment {
  readonly now: number
  readonly revision: number
}

export interface SeenBounds {
  /** At most so many tokens; the oldest give way. */
  readonly most: number
  /** For at most so many milliseconds. */
  readonly maxAge: number
}

interface Entry<Result> {
  readonly result: Result
  readonly until: number
}

/**
 * Remembers results by the digest of the verifier and the whole token, signature included: never by claims, an id, or the signature,
 * of which one token may have several. All of it is forgotten when a key is no longer one to rely on, and when the clock steps back,
 * so that nothing that was over comes to life again. `verifier` is a digest, so all have one length.
 */
export function createSeen<Result>(verifier: string, { most, maxAge }: SeenBounds): Seen<Result> {
  /** Two generations, each with half of the entries: the older goes as a whole, so that no entry costs a search for the oldest. */
  let young = new Map<string, Entry<Result>>()
  let old = young
  let latest = Number.NEGATIVE_INFINITY
  let current: number | undefined

  const keepUp = ({ now, revision }: Moment) => {
    if (now < latest || revision !== current) old = young = new Map()
    latest = now
    current = revision
  }

  return {
    keyOf: (token) => sha256(verifier + token),
    get(key, moment) {
      keepUp(moment)
      const entry = young.get(key) ?? old.get(key)
      return entry !== undefined && moment.now < entry.until ? entry.result : undefined
    },
    add(key, result, until, { now, revision }) {
      const outdated = now > latest || revision !== current
      if (outdated) return
      if (young.size >= most / 2) {
        old = young
        young = new Map()
      }
      young.set(key, { result, until: Math.min(until, now + maxAge) })
    },
  }
}
