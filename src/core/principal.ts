import type { JsonObject } from './json.js'
import type { Owner } from './subject.js'

/** The outcome of a successful check of an API token: who acts, through what, with which scopes. Never a session. */
export interface Principal<Scope extends string = string> {
  readonly kind: 'token'
  /** The token's public id, such as `sl_4fJ8kQ2x9aB`. */
  readonly tokenId: string
  readonly name: string
  readonly owner: Owner
  readonly tenant?: string
  /** What it may do: its scopes and those of its roles as they are now, with what they imply. Sorted. */
  readonly scopes: readonly Scope[]
  readonly roles: readonly string[]
  /** Milliseconds since 1970; absent where it does not expire. */
  readonly expiresAt?: number
  /** Only while the secret that was sent is a predecessor in its overlap: when that ends, in milliseconds since 1970. */
  readonly deprecatedUntil?: number
  readonly metadata: JsonObject
}
