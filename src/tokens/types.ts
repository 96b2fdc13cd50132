import type { JsonObject } from '../core/json.js'
import type { Freshness, TokenPrincipal } from '../core/principal.js'
import type { Secret } from '../core/secret.js'
import type { Actor, ActorRef, Owner, Tenant } from '../core/subject.js'
import type { Duration } from '../core/time.js'
import type { PageInput } from '../store/pages.js'
import type { Limit } from '../store/records.js'
import type { TokenStatus } from '../store/status.js'
import type { BudgetState } from '../store/store.js'

/** An API token as it is shown: everything but its secret. Times are milliseconds since 1970. */
export interface Token<Scope extends string = string, Role extends string = string> {
  /** Public, such as `sl_4fJ8kQ2x9aB`. */
  readonly id: string
  readonly name: string
  readonly status: TokenStatus
  readonly owner: Owner
  readonly tenant: string | null
  /** As they were given; what they imply is resolved when the token is checked. */
  readonly scopes: readonly Scope[]
  readonly roles: readonly Role[]
  /** Counts its secrets, from 1. */
  readonly generation: number
  readonly createdAt: number
  readonly createdBy: ActorRef
  /** `null` where it never was. */
  readonly rotatedAt: number | null
  /** `null` for never. */
  readonly expiresAt: number | null
  /** From when on it may be used; `null` for from the beginning. */
  readonly notBefore: number | null
  readonly revoked: { readonly at: number; readonly by: ActorRef; readonly reason: string | null } | null
  readonly paused: { readonly at: number; readonly by: ActorRef } | null
  readonly networks: readonly string[]
  readonly limits: readonly Limit[]
  readonly metadata: JsonObject
  /** Whether `reveal` can show it again. */
  readonly revealable: boolean
  /**
   * Of lists and `get`: as of now where this instance was asked, as of their last flush for others; `null` where it has not been used. Other
   * answers do not read it.
   */
  readonly use: { readonly at: number; readonly count: number; readonly ip: string | null } | null
}

/** A rate limit or quota: up to `limit` at once; `refill` (all of it by default) comes back `every` so often, or never. */
export interface LimitInput {
  /** 1 to 64 letters, digits, spaces, `_`, `.` and `-`, as it stands in the `RateLimit` header field. */
  readonly name: string
  /** A whole number above 0. */
  readonly limit: number
  /** Without it, what is used up stays used up. */
  readonly every?: Duration
  /** At most `limit`. */
  readonly refill?: number
}

/** What `issue` may set and `update` may change. */
export interface TokenFields<Scope extends string, Role extends string> {
  readonly scopes?: readonly Scope[]
  readonly roles?: readonly Role[]
  /** How long it lives from now, or `'never'` for ever; must be among the host's `lifetimes`, which also say what is the default. */
  readonly expiresIn?: Duration | 'never'
  /**
   * When it expires, instead of `expiresIn`: a date or milliseconds since 1970; `null` for never. A date goes with `'any'` among the
   * host's `lifetimes`; a fixed one is chosen with `expiresIn`.
   */
  readonly expiresAt?: Date | number | null
  /** From when on it may be used: a date or milliseconds since 1970. */
  readonly notBefore?: Date | number | null
  /** Addresses or CIDR blocks from which it may be used, at most 100; empty for anywhere. */
  readonly networks?: readonly string[]
  /** At most 8, each with a name of its own. */
  readonly limits?: readonly LimitInput[]
  /** The host's own: plain JSON of at most 4,096 bytes. */
  readonly metadata?: JsonObject
}

/** What is issued, to whom, and at whose wish. */
export interface IssueInput<Scope extends string, Role extends string> extends TokenFields<Scope, Role> {
  readonly by: Actor
  /** Whom it acts for. Whether `by` may issue for this owner is for the host to say: here only scopes and tenants are compared. */
  readonly owner: Owner
  /** By default the actor's; where it has none, that of the service account. */
  readonly tenant?: string
  /** 1 to 100 characters, without control characters; kept exactly as it came. */
  readonly name: string
}

/** A token that has a new secret: a new one, or one that was rotated. */
export interface Issued<Scope extends string = string, Role extends string = string> {
  /** Shown once. */
  readonly secret: Secret
  readonly token: Token<Scope, Role>
}

/** Confines to records of an owner, of a tenant, or of both, at least one of them; what lies outside is `not_found`. */
export interface Within {
  readonly owner?: Owner
  readonly tenant?: string
}

/** Who changes something, and within which bounds. Without `within`, a user or a token changes its owner's records only. */
export interface ChangeInput {
  readonly by: Actor
  readonly within?: Within
}

/** What is changed; what is absent stays. */
export interface UpdateInput<Scope extends string, Role extends string> extends ChangeInput, TokenFields<Scope, Role> {
  /** As of `issue`. */
  readonly name?: string
}

/** How a secret is replaced. */
export interface RotateInput extends ChangeInput {
  /** How long the old secret goes on working; 0 by default, and never longer than the token itself. */
  readonly overlap?: Duration
  /** The generation that is to be replaced, as the caller saw it. */
  readonly from?: number
}

/** Whose secret a text is. */
export interface Identified<Scope extends string = string, Role extends string = string> {
  readonly token: Token<Scope, Role>
  /** Whether this secret can never work again: its token was revoked or has expired, or the overlap of a rotation is over. */
  readonly ended: boolean
}

/** Why a token is ended, besides by whom. */
export interface RevokeInput extends ChangeInput {
  /** For the audit trail; at most 500 characters. */
  readonly reason?: string
}

/**
 * Whose tokens are ended: an owner's, in every tenant, or those of a tenant. An actor that has a tenant is confined to it and to itself;
 * whether one that has none may end the tokens of others is for the host to say.
 */
export type RevokeAllInput = { readonly by: Actor } & (
  | { readonly owner: Owner; readonly tenant?: never }
  | { readonly tenant: string; readonly owner?: never }
)

/** What a call needs, and what it costs. */
export interface VerifyInput<Scope extends string> {
  /** All of them are needed. */
  readonly scopes?: readonly Scope[]
  /** Where the request came from, as a proxy that the host trusts says. */
  readonly ip?: string | undefined
  /** What the call costs of each limit: a number for all, or by name; 1 by default. Names that the token does not have are ignored. */
  readonly cost?: number | { readonly [limit: string]: number }
}

/**
 * Why a token was refused, for the host's own eyes: tell the caller no more than what RFC 6750 allows.
 *
 * | reason | meaning |
 * |---|---|
 * | `malformed` | no token of this prefix, or mistyped; the store was not asked |
 * | `unknown` | no such token, or another secret than its own |
 * | `expired`, `not_yet`, `revoked`, `paused` | as the token stands; `revoked` also once the overlap of a rotation is over |
 * | `owner_inactive` | its owner or tenant is suspended or deleted, or `ownerActive` says so |
 * | `insufficient_scope` | usable, without all that the call needs |
 * | `ip_not_allowed` | used from outside of its networks, or no `ip` was passed |
 * | `limited` | a limit is used up |
 * | `unavailable` | nobody knows: the store or the host's callback failed; answer 503 |
 */
export type RefusalReason =
  | 'malformed'
  | 'unknown'
  | 'expired'
  | 'not_yet'
  | 'revoked'
  | 'paused'
  | 'owner_inactive'
  | 'insufficient_scope'
  | 'ip_not_allowed'
  | 'limited'
  | 'unavailable'

/** What a check says: yes and who it is, or no and why. */
export type Verified<Scope extends string = string> =
  | {
      readonly ok: true
      readonly principal: TokenPrincipal<Scope>
      /** How old what it was checked against may be; `immediate` unless the store is behind a cache. */
      readonly freshness: Freshness
      /** How its limits stand after this call. */
      readonly limits: readonly BudgetState[]
    }
  | {
      readonly ok: false
      readonly reason: RefusalReason
      /** For `insufficient_scope`: what the call needs. */
      readonly needed?: readonly Scope[]
      /** For `limited`: how its limits stand. */
      readonly limits?: readonly BudgetState[]
      /** For `limited`: in how many milliseconds it is worth trying again; `null` for never. */
      readonly retryAfter?: number | null
    }

/** Which tokens; what is absent does not matter. */
export interface ListInput extends PageInput {
  readonly owner?: Owner
  readonly tenant?: string
  /** Leaves out those that were revoked. */
  readonly unrevoked?: boolean
}

/** Which tokens are due; at least one of `within` and `unusedFor`. */
export interface DueInput extends PageInput {
  /** Tokens that expire within this time. */
  readonly within?: Duration
  /** Tokens that have been neither made nor used for this time. */
  readonly unusedFor?: Duration
  readonly owner?: Owner
  readonly tenant?: string
}

/** A token whose owner should be told, and why: it expires soon, or is not used. */
export interface Due<Scope extends string = string, Role extends string = string> {
  readonly token: Token<Scope, Role>
  readonly why: 'expires' | 'dormant'
}

/** Which events; what is absent does not matter. */
export interface AuditInput extends PageInput {
  /** What happened to one token. */
  readonly token?: string
  /** What happened to one user, tenant or service account as a whole. */
  readonly account?: Owner | Tenant
  /** What happened to the tokens of an owner. */
  readonly owner?: Owner
  readonly tenant?: string
  /** Who asked for the change. */
  readonly actor?: Actor
}
