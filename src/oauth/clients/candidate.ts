import type { ClientMetadata, GrantType } from './metadata.js'

/** A client that wants to be known, its metadata checked. */
export interface ClientCandidate {
  readonly metadata: ClientMetadata
  /** Its id, where it has one: that of a client which changes its registration, or the address of a metadata document. */
  readonly id?: string
  readonly origin: 'dynamic' | 'document'
  /** The caller's address, as the host gave it to `handle`. */
  readonly ip?: string
  /** The tenant of the initial access token that came with the registration. */
  readonly tenant?: string
}

/**
 * What the host says of a client that came by itself: `true` or `false`; or less than it asked for, each member in place of its own and
 * within it; or that the caller has to wait, in seconds (429).
 */
export type ClientVerdict =
  | boolean
  | {
      readonly redirectUris?: readonly string[]
      readonly grantTypes?: readonly GrantType[]
      readonly scopes?: readonly string[]
    }
  | { readonly retryAfter: number }

/** A hook of the host. What throws, answers something else, or takes longer than five seconds lets nobody in. */
export type ClientPolicy = (candidate: ClientCandidate) => ClientVerdict | Promise<ClientVerdict>
