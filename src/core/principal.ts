import type { JsonObject } from './json.js'
import type { ActingToken } from './subject.js'

/**
 * How old the facts behind an acceptance may be: `immediate` means that the store was read for this very request; a bound, in
 * milliseconds, that what somebody else changed less than so long ago may have gone unseen.
 */
export type Freshness = 'immediate' | { readonly maxStaleness: number }

/** The outcome of a successful check of an API token: who acts, through what, with which scopes. Never a session. */
export interface Principal<Scope extends string = string> extends ActingToken {
  /** The token's public id, such as `sl_4fJ8kQ2x9aB`. */
  readonly tokenId: string
  readonly name: string
  /** What it may do: its scopes and those of its roles as they are now, with what they imply. Sorted. */
  readonly scopes: readonly Scope[]
  readonly roles: readonly string[]
  /** Milliseconds since 1970; `null` where it does not expire. */
  readonly expiresAt: number | null
  /** When the overlap ends, in milliseconds since 1970; `null` unless the secret that was sent has been rotated away. */
  readonly deprecatedUntil: number | null
  readonly metadata: JsonObject
}
