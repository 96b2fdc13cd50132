import type { Catalogue } from '../core/catalogue.js'
import type { Freshness, Principal, PrincipalKind } from '../core/principal.js'
import type { ProofRefusal } from '../jwt/dpop/rules.js'
import type { BudgetState } from '../store/store.js'
import type { GuardReason } from './answers.js'

/** Where a credential may stand in a request: `Authorization: Bearer`, `Authorization: DPoP`, or a header of its own by name. */
export type Carrier = 'bearer' | 'dpop' | (string & {})

/** What a guard reads of a request: a `Request` of the fetch API is one. Header lines of one name come joined by a comma. */
export interface GuardRequest {
  readonly headers: { get(name: string): string | null | undefined }
  /** The method and the address, which a proof that a key is held is about (RFC 9449). */
  readonly method?: string
  readonly url?: string
  /** Only called for a form, which may carry an `access_token`. */
  clone?(): { readonly body: ReadableStream<Uint8Array> | null }
}

/** What a guard asks of an acceptor besides the credential. */
export interface Demand {
  /** The identifier of the API that is protected: whom an access token has to be for. */
  readonly resource: string
  readonly catalogue: Catalogue
  readonly scopes: readonly string[]
  readonly ip: string | undefined
  readonly cost: number | { readonly [limit: string]: number } | undefined
  /** Whether the guard also asks how and when the user signed in: nothing is to be spent on a request that may yet be refused. */
  readonly stepUp: boolean
  /** Where the credential stood. */
  readonly carriers: readonly Carrier[]
  /** The request itself, for what else is in it, such as the proof that a key is held. */
  readonly request: GuardRequest
}

/** How and how long ago the user signed in. `null` where the issuer does not say. */
export interface SignIn {
  readonly acr: string | null
  /** Milliseconds. */
  readonly age: number | null
}

/** What an acceptor says of a credential. */
export type Acceptance<Kind extends PrincipalKind = PrincipalKind> =
  | {
      readonly ok: true
      readonly principal: Principal<string, Kind>
      readonly freshness: Freshness
      readonly limits: readonly BudgetState[]
      /** Absent where no user signed in. */
      readonly signIn?: SignIn
      /** Told once the request has passed in all other respects. Must not throw. */
      readonly passed?: () => void
    }
  | {
      readonly ok: false
      readonly reason: GuardReason
      readonly limits?: readonly BudgetState[]
      readonly retryAfter?: number | null
    }

/** What became of a proof that a key is held, with the nonce that the next one should carry. */
export type Proven =
  | { readonly ok: true; readonly nonce?: string }
  | { readonly ok: false; readonly reason: GuardReason; readonly proof?: ProofRefusal; readonly nonce?: string }

/** Decides whether a request proves that who sent it has the key that its token is bound to. Never throws or rejects on a request. */
export type Prove = (accessToken: string, boundTo: string, request: GuardRequest) => Promise<Proven>

/**
 * How an acceptor takes tokens that are bound to a key: what `dpop` makes. A guard knows of it by this interface alone, so that one
 * without it has nothing of proofs and signatures in it.
 */
export interface Dpop {
  /** For the API of that identifier. Throws `invalid_option` where it cannot tell what proofs for it are about. */
  proverOf(resource: string): Prove
}

/** One kind of credential that a guard takes. */
export interface Acceptor<Kind extends PrincipalKind = PrincipalKind> {
  readonly from: readonly Carrier[]
  /** How tokens that are bound to a key are taken, where they are: those in `Authorization: DPoP`. What `dpop` makes. */
  readonly dpop?: Dpop
  /** The authorization server to ask for such credentials (RFC 9728). */
  readonly issuer?: string
  /**
   * Never rejects on a credential. `malformed` and `wrong_issuer` mean that it is none of its own: the next acceptor of the same place
   * is asked.
   */
  check(text: string, demand: Demand): Promise<Acceptance<Kind>>
}
