import type { Clock } from '../core/time.js'
import type { Nonces } from '../jwt/dpop/nonces.js'
import type { TokenStore } from '../store/store.js'

/** How an acceptor takes tokens that are bound to a key (RFC 9449 section 7). */
export interface DpopOptions {
  /** Where used proofs are remembered: a store that all processes of the API share. */
  readonly seen: Pick<TokenStore, 'insertOnce'>
  /** Demands a nonce in each proof. */
  readonly nonces?: Nonces
  /**
   * Where callers see the API, before the path of the request; by default the origin of the guard's `resource`. What the request says
   * of its own host never counts.
   */
  readonly baseUrl?: string
  /** The time of this node; by default the system's. */
  readonly clock?: Clock
}
