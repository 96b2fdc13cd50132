import type { Freshness, Principal } from '../core/principal.js'
import type { BudgetState } from '../store/store.js'
import type { RefusalReason } from '../tokens/types.js'

/** Where a credential may stand in a request: `Authorization: Bearer`, or a header of its own by name. */
export type Carrier = 'bearer' | (string & {})

/** What a guard asks of an acceptor besides the credential. */
export interface Demand {
  readonly scopes: readonly string[]
  readonly ip: string | undefined
  readonly cost: number | { readonly [limit: string]: number } | undefined
}

/** What an acceptor says of a credential. */
export type Acceptance =
  | {
      readonly ok: true
      readonly principal: Principal
      readonly freshness: Freshness
      readonly limits: readonly BudgetState[]
    }
  | {
      readonly ok: false
      readonly reason: RefusalReason
      readonly limits?: readonly BudgetState[]
      readonly retryAfter?: number | null
    }

/** One kind of credential that a guard takes. */
export interface Acceptor {
  readonly from: readonly Carrier[]
  check(text: string, demand: Demand): Promise<Acceptance>
}
