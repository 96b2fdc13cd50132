import { tupleKey } from '../core/digest.js'

/** What was found out about tokens before, so that it need not be found out again. */
export interface Seen<Result> {
  /** What is known of this very token, if it still holds. */
  get(token: string, now: number, revision: number): Result | undefined
  /** Keeps what was found out at `now`, by keys of that revision, until a time in milliseconds or the bound. */
  add(token: string, result: Result, found: { now: number; revision: number; until: number }): void
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
 * so that nothing that was over comes to life again.
 */
export function createSeen<Result>(verifier: string, { most, maxAge }: SeenBounds): Seen<Result> {
  const entries = new Map<string, Entry<Result>>()
  let latest = Number.NEGATIVE_INFINITY
  let current: number | undefined

  const keepUp = (now: number, revision: number) => {
    if (now < latest || revision !== current) entries.clear()
    latest = now
    current = revision
  }

  return {
    get(token, now, revision) {
      keepUp(now, revision)
      if (entries.size === 0) return undefined
      const key = tupleKey(verifier, token)
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (now < entry.until) return entry.result
      entries.delete(key)
      return undefined
    },
    add(token, result, { now, revision, until }) {
      if (now < latest || revision !== current || now >= until) return
      if (entries.size >= most)
        for (const oldest of entries.keys()) {
          entries.delete(oldest)
          break
        }
      entries.set(tupleKey(verifier, token), { result, until: Math.min(until, now + maxAge) })
    },
  }
}
