import type { Digest } from '../core/digest.js'
import type { Event } from '../core/event.js'
import type { Json, JsonObject } from '../core/json.js'
import type { Sealed } from '../core/seal.js'
import type { ActorRef, Owner } from '../core/subject.js'

/*
 * The records of DESIGN: every fact that requests contend for lives in one of them, and one compare-and-set decides.
 * Times are milliseconds since 1970 by the store's clock. Nothing in a record is a secret in clear.
 */

/** What every record has. */
export interface RecordBase {
  readonly createdAt: number
  /** Newest first is by this number: `createdAt` with the records of one millisecond told apart. */
  readonly order: number
  /** The digest of what no other record of its kind may have, such as an owner's token name; `null` where nothing. */
  readonly unique: string | null
  /**
   * From when on a sweep may remove it; `null` for never. An account is never removed, but from then on all tokens are that ended with
   * it; when none of them is left, the sweep sets it to `null`. An authorization whose refresh token has a salt loses that first.
   */
  readonly keepUntil: number | null
}

/** The epochs of what a credential hangs on, as they were read before it was authorised. */
export type Epochs<Role extends string> = { readonly [R in Role]: number }

/** How often a token may be used: up to `limit` at once, of which `refill` come back every `every` milliseconds. */
export interface Limit {
  readonly name: string
  readonly limit: number
  /** Milliseconds; `null` for a quota that never refills. */
  readonly every: number | null
  readonly refill: number
}

/** The secret that a rotation replaced, while it overlaps. */
export interface Predecessor extends Digest {
  readonly generation: number
  readonly endsAt: number
}

/** An API token, personal or of a service account. Its id is `prefix_locator`. */
export interface TokenRecord extends RecordBase {
  readonly owner: Owner
  readonly tenant: string | null
  readonly name: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly digest: Digest
  readonly generation: number
  readonly predecessor: Predecessor | null
  readonly rotatedAt: number | null
  readonly expiresAt: number | null
  readonly notBefore: number | null
  readonly revoked: { readonly at: number; readonly by: ActorRef; readonly reason: string | null } | null
  readonly paused: { readonly at: number; readonly by: ActorRef } | null
  /** Networks from which it may be used, in canonical CIDR form; empty for any. */
  readonly networks: readonly string[]
  readonly limits: readonly Limit[]
  readonly sealed: Sealed | null
  readonly metadata: JsonObject
  readonly createdBy: ActorRef
  /** The `tokens` epochs of its owner's and its tenant's account. */
  readonly epochs: Epochs<'owner' | 'tenant'>
}

/**
 * What the library knows of a user, a tenant or a service account. Its id is `type:id`. A missing user or tenant is active at
 * epoch 0; a missing service account is none. Once written, it stays as a tombstone.
 */
export interface AccountRecord extends RecordBase {
  readonly type: 'user' | 'account' | 'tenant'
  readonly status: 'active' | 'suspended' | 'deleted'
  /** Tokens that carry another number are over. */
  readonly tokens: number
  /** Grants that carry another number are over. */
  readonly grants: number
  readonly tenant: string | null
  /** Of service accounts. */
  readonly name: string | null
  /** Of service accounts: what a new token of it gets. */
  readonly scopes: readonly string[]
  readonly metadata: JsonObject
  readonly createdBy: ActorRef
}

/** One of the secrets of a client; several may overlap. */
export interface ClientSecret extends Digest {
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** An OAuth client, or a client-id-and-secret pair. */
export interface ClientRecord extends RecordBase {
  readonly origin: 'manual' | 'dynamic' | 'document'
  readonly status: 'active' | 'suspended' | 'deleted'
  readonly epoch: number
  /** RFC 7591 metadata, checked when it was registered. */
  readonly metadata: JsonObject
  readonly secrets: readonly ClientSecret[]
  /** Of the registration access token (RFC 7592), where it manages itself. */
  readonly registration: Digest | null
  readonly tenant: string | null
  readonly roles: readonly string[]
  readonly description: string | null
  readonly createdBy: ActorRef
}

/** What a subject, or a client itself, allowed one client: a connected app. */
export interface GrantRecord extends RecordBase {
  /** A user's id, or `null` for a client that acts for itself. */
  readonly subject: string | null
  readonly client: string
  /** What the subject saw of the client. */
  readonly snapshot: JsonObject
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly tenant: string | null
  readonly label: string | null
  readonly status: 'active' | 'revoked'
  readonly epoch: number
  readonly epochs: Epochs<'subject' | 'tenant' | 'client'>
}

/** The code of an authorization, or the device code, until and after it is redeemed. */
export interface CodeState extends Digest {
  /** The S256 challenge (RFC 7636); `null` for a device code, which has neither this nor a redirect URI. */
  readonly challenge: string | null
  readonly redirectUri: string | null
  /** For the ID token (OpenID Connect Core section 3.1.2.1). */
  readonly nonce: string | null
  readonly expiresAt: number
  readonly attempts: number
  readonly usedAt: number | null
}

/**
 * From what the replaced refresh token is, and this, the current one is derived again. It is in the way of the record's removal: a sweep that
 * finds the record due erases the salt, and the record is due again at `keepUntil`.
 */
export interface RefreshSalt {
  readonly text: string
  readonly keepUntil: number
}

/** The refresh token of an authorization. */
export interface RefreshState {
  readonly generation: number
  readonly family: Digest
  readonly current: Digest
  readonly previous: Digest | null
  /** Absent where nothing can be derived again: before the first rotation, and once a sweep has erased it. */
  readonly salt?: RefreshSalt
  readonly rotatedAt: number
  /** What the last rotation was asked for, so that a repeat of it gets no more; `null` before the first. */
  readonly asked: RefreshAsked | null
}

/** What an access token was asked for with a refresh token. */
export interface RefreshAsked {
  readonly resource: string
  readonly scopes: readonly string[]
  /** The thumbprint of the key that came with it. */
  readonly boundTo: string | null
}

/** When and how a user signed in, as the host says. */
export interface SignedIn {
  readonly at: number | null
  readonly acr: string | null
}

/** One run of a flow under a grant, on one device. */
export interface AuthorizationRecord extends RecordBase {
  readonly grant: string
  readonly status: 'active' | 'ended'
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly idleExpiresAt: number
  readonly expiresAt: number
  /** The thumbprint of the key it is bound to (RFC 9449). */
  readonly boundTo: string | null
  /** `null` for a client that acts for itself. */
  readonly signIn: SignedIn | null
  readonly code: CodeState | null
  readonly refresh: RefreshState | null
  readonly epochs: Epochs<'subject' | 'tenant' | 'client' | 'grant'>
}

/** An opaque access token. */
export interface AccessRecord extends RecordBase {
  readonly authorization: string
  readonly digest: Digest
  readonly scopes: readonly string[]
  readonly resource: string
  readonly boundTo: string | null
  readonly expiresAt: number
  readonly epochs: Epochs<'subject' | 'tenant' | 'client' | 'grant'>
}

/** A signing key. Its id is its thumbprint (RFC 7638). */
export interface KeyRecord extends RecordBase {
  readonly stage: 'announced' | 'active' | 'retiring' | 'gone'
  readonly algorithm: 'ES256'
  readonly publicJwk: JsonObject
  /** The private half, bound to the id; `null` once the key is gone. */
  readonly sealed: Sealed | null
  /** From when on it signs; `null` until it has been seen in the store, and so in every JWKS since. */
  readonly activeAt: number | null
  /** Since when its successor has been seen to sign. */
  readonly retiresAt: number | null
}

/** An event that the store keeps: the audit trail. */
export interface EventRecord extends Event, RecordBase {
  readonly at: number
  /** Its own, random. */
  readonly id: string
  readonly about: string
  readonly by: ActorRef
}

/** The kinds that are read and written by id. */
export interface Records {
  readonly token: TokenRecord
  readonly account: AccountRecord
  readonly client: ClientRecord
  readonly grant: GrantRecord
  readonly authorization: AuthorizationRecord
  readonly access: AccessRecord
  readonly key: KeyRecord
}
/** What kind of record. */
export type Kind = keyof Records

/** The id of an account's record. */
export const accountId = (of: { readonly kind: AccountRecord['type']; readonly id: string }): string =>
  `${of.kind}:${of.id}`

/** JSON that single-use entries may hold. */
export type Entry = Json
