import type { JsonObject } from './json.js'
import type { ActingToken } from './subject.js'

/**
 * How old the facts behind an acceptance may be: `immediate` means that the store, or the issuer, was asked for this very request; a
 * bound, in milliseconds, that what somebody else changed less than so long ago may have gone unseen; `until_expiry` that nobody was
 * asked, and that a token which was revoked is accepted until it expires.
 */
export type Freshness = 'immediate' | { readonly maxStaleness: number } | 'until_expiry'

/** An API token that passed: who acts, through what, with which scopes. */
export interface TokenPrincipal<Scope extends string = string> extends ActingToken {
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
  /** The host's own, as it was given when the token was issued or updated. */
  readonly metadata: JsonObject
}

/** What an access token says of whoever sent it, whomever it is for. */
export interface AccessTokenPrincipal<Scope extends string> {
  /** Who issued it. */
  readonly issuer: string
  /** The id of the client that it was issued to. */
  readonly client: string
  readonly tenant: string | null
  /** The id of the grant, and of the authorization under it; `null` where the issuer does not say. */
  readonly grant: string | null
  readonly authorization: string | null
  /** What it may do, as the grant still has it, with what the catalogue says it implies. Sorted. */
  readonly scopes: readonly Scope[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** The thumbprint of the key whose holder sent it (RFC 9449); `null` where whoever bears it may use it. */
  readonly boundTo: string | null
  /** All that the issuer says. */
  readonly claims: JsonObject
}

/** A client that acts for a user who allowed it to: an access token of a connected app. */
export interface GrantPrincipal<Scope extends string = string> extends AccessTokenPrincipal<Scope> {
  readonly kind: 'grant'
  /** The user it acts for, by their id. */
  readonly subject: string
  /** When they signed in, in milliseconds since 1970, and how (`acr`); `null` where the issuer does not say. */
  readonly authenticatedAt: number | null
  readonly acr: string | null
}

/** A client that acts for itself. It has no subject, so that it never passes for a user, whatever it is called. */
export interface ClientPrincipal<Scope extends string = string> extends AccessTokenPrincipal<Scope> {
  readonly kind: 'client'
}

/** Every principal, by its kind. */
export interface Principals<Scope extends string> {
  readonly token: TokenPrincipal<Scope>
  readonly grant: GrantPrincipal<Scope>
  readonly client: ClientPrincipal<Scope>
}

/** What a principal acts through: an API token, what a user allowed a client, or the client itself. */
export type PrincipalKind = keyof Principals<string>

/** The outcome of a successful check: who acts, through what, with which scopes. Its `kind` says what it is. Never a session. */
export type Principal<
  Scope extends string = string,
  Kind extends PrincipalKind = PrincipalKind,
> = Principals<Scope>[Kind]
