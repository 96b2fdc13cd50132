import type { JsonObject } from '../../core/json.js'
import type { Secret } from '../../core/secret.js'
import type { Actor, ActorRef } from '../../core/subject.js'
import type { Duration } from '../../core/time.js'
import type { PageInput } from '../../store/pages.js'
import type { ClientRecord } from '../../store/records.js'
import type { AuthMethod, ClientMetadata, GrantType } from './metadata.js'

/** A secret of a client, as it is listed: nothing of it but when it was made, and when it ends. */
export interface ClientSecretInfo {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** An OAuth client, or a client-id-and-secret pair, as the host sees it. Times are milliseconds since 1970. */
export interface Client {
  readonly id: string
  /** Registered by hand, by itself (RFC 7591), or by a metadata document. */
  readonly origin: ClientRecord['origin']
  readonly status: ClientRecord['status']
  /** What it calls itself. */
  readonly name: string | null
  readonly description: string | null
  readonly tenant: string | null
  /** What it may do for itself, besides its scopes. */
  readonly roles: readonly string[]
  /** The most that it may ask for; `null` where it registered nothing. */
  readonly scopes: readonly string[] | null
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  readonly authMethod: AuthMethod
  readonly applicationType: 'web' | 'native'
  /** Those that have not expired. */
  readonly secrets: readonly ClientSecretInfo[]
  /** By the names of RFC 7591. */
  readonly metadata: ClientMetadata
  readonly createdAt: number
  readonly createdBy: ActorRef
  /** From when on it may be removed, as long as nobody allows it anything; `null` where it stays. */
  readonly keepUntil: number | null
}

/** What a client says of itself, for the host to write down. */
export interface ClientDescription {
  /** Shown to users. At most 100 characters. */
  readonly name?: string
  /** For the host's own lists. At most 500 characters. */
  readonly description?: string
  readonly redirectUris?: readonly string[]
  /** Its pages, on the public web: of itself, its logo, its policy, its terms. */
  readonly uri?: string
  readonly logoUri?: string
  readonly policyUri?: string
  readonly termsUri?: string
  /** Its public keys, by value (RFC 7517 section 5) or by where they are, for `private_key_jwt`. */
  readonly jwks?: JsonObject
  readonly jwksUri?: string
  /** Whether its tokens are bound to a key, always (RFC 9449 section 5.2). */
  readonly dpopBound?: boolean
}

/** A client that is registered by hand. */
export interface CreateClientInput<Scope extends string = string, Role extends string = string>
  extends ClientDescription {
  readonly by: Actor
  /** By default the actor's, where it has one. It never changes. */
  readonly tenant?: string
  /** The code with its refresh token by default. */
  readonly grantTypes?: readonly GrantType[]
  /** `none` for one that cannot keep a secret: the default where it has redirect URIs; else `client_secret_basic`. */
  readonly authMethod?: AuthMethod
  /** By default what its redirect URIs say. */
  readonly applicationType?: 'web' | 'native'
  /** The most that it may ask for; with `client_credentials`, what it may do for itself, for life. Within the actor's. */
  readonly scopes?: readonly Scope[]
  /** What it may do for itself (`client_credentials`), as they are when it does. They never change. Within the actor's. */
  readonly roles?: readonly Role[]
}

/** A client that has a secret for certain: one without redirect URIs, unless another way to authenticate is named. */
export interface CreatePairInput<Scope extends string = string, Role extends string = string>
  extends CreateClientInput<Scope, Role> {
  readonly redirectUris?: never
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post'
}

/** A client as it was created, with its secret where it has one: shown once. */
export interface CreatedClient {
  readonly client: Client
  readonly secret: Secret | undefined
}

/** The same with a secret. */
export interface CreatedPair extends CreatedClient {
  readonly secret: Secret
}

/**
 * Who changes a client. What lies outside of `within` is `not_found`; without it, an actor that has a tenant changes the clients of the
 * tenant, and one that has none those that it made itself.
 */
export interface ClientChangeInput {
  readonly by: Actor
  readonly within?: { readonly tenant: string }
}

/** What may change. Tenant, roles and grant types never do, nor the scopes of a client that acts for itself. */
export interface UpdateClientInput<Scope extends string = string> extends ClientChangeInput, ClientDescription {
  readonly scopes?: readonly Scope[]
}

export interface AddSecretInput extends ClientChangeInput {
  /** How much longer the secrets it had go on; for ever, or as long as they would have, by default. Never longer. */
  readonly overlap?: Duration
}

export interface ListClientsInput extends PageInput {
  readonly tenant?: string
}
