import type { JsonObject } from '../core/json.js'
import type { Actor, ActorRef } from '../core/subject.js'
import type { PageInput } from '../store/pages.js'
import type { AccountRecord } from '../store/records.js'

/** A service account: a principal of a tenant, tied to no user. Times are milliseconds since 1970. */
export interface ServiceAccount<Scope extends string = string> {
  readonly id: string
  readonly name: string
  readonly tenant: string | null
  /** What a token of it gets when it is issued. */
  readonly scopes: readonly Scope[]
  readonly status: AccountRecord['status']
  readonly createdAt: number
  readonly createdBy: ActorRef
  readonly metadata: JsonObject
}

/** A service account that is to be. */
export interface CreateAccountInput<Scope extends string> {
  readonly by: Actor
  /** By default the actor's, where it has one. */
  readonly tenant?: string
  /** 1 to 100 characters, without control characters. */
  readonly name: string
  /** What its tokens get when they are issued; within the actor's own. */
  readonly scopes: readonly Scope[]
  /** The host's own: plain JSON of at most 4,096 bytes. */
  readonly metadata?: JsonObject
}

/**
 * Who changes an account. What lies outside of `within` is `not_found`; without it, an actor that has a tenant changes that tenant,
 * its service accounts, and of all users itself alone; whether one that has none may change others is for the host to say.
 */
export interface AccountChangeInput {
  readonly by: Actor
  readonly within?: { readonly tenant: string }
}

/** What is changed; what is absent stays. */
export interface UpdateAccountInput<Scope extends string> extends AccountChangeInput {
  readonly name?: string
  readonly scopes?: readonly Scope[]
  readonly metadata?: JsonObject
}

/** Which service accounts: those of a tenant, or all. */
export interface ListAccountsInput extends PageInput {
  readonly tenant?: string
}
