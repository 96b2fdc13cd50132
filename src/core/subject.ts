import { TokenloopError } from './errors.js'
import { optionsOf } from './options.js'
import { checkId } from './text.js'

/** Whom a token acts for: a user of the host, or a service account. */
export interface Owner {
  readonly kind: 'user' | 'account'
  readonly id: string
}

/** A workspace, project or store that owns records. */
export interface Tenant {
  readonly kind: 'tenant'
  readonly id: string
}

/** A user as the host knows them; as an actor, with the scopes that they may hand on. */
export interface User {
  readonly kind: 'user'
  readonly id: string
  /** The ceiling: nobody can give what they do not have. Without it, nothing can be given. */
  readonly scopes?: readonly string[]
  /** The tenant in which they act. */
  readonly tenant?: string
}

/** The host itself: jobs, migrations, administrators' tools. It has no ceiling. */
export interface System {
  readonly kind: 'system'
}

/**
 * What counts of a principal when it asks for a change: the token that was sent, and all that it may do. What it gives is bound as
 * it is itself, and given only if it has not ended since it was checked.
 */
export interface ActingToken {
  readonly kind: 'token'
  readonly tokenId: string
  readonly owner: Owner
  readonly tenant: string | null
  readonly scopes: readonly string[]
  /** Which of its secrets was sent, counted from 1: what one may give ends when it is rotated away. */
  readonly generation: number
}

/** Who asks for a change, always named by the host, never taken from a request. A principal is one. */
export type Actor = User | ActingToken | System

/** An actor as records and events keep it. A token that acted is named with the owner it acted for. */
export interface ActorRef {
  readonly kind: 'user' | 'token' | 'system'
  readonly id: string
  readonly owner?: Owner
}

const AS = optionsOf<Pick<User, 'scopes' | 'tenant'>>('user', { scopes: true, tenant: true })

/**
 * A user of the host: as an owner, as a subject, or as the actor of a change.
 *
 * @example
 * const by = user('u_42', { scopes: ['issues:read'], tenant: 'ws_1' })
 */
export function user(id: string, as: Pick<User, 'scopes' | 'tenant'> = {}): User {
  AS.check(as)
  const tenant = as.tenant === undefined ? {} : { tenant: checkId(as.tenant, 'a tenant id') }
  if (as.scopes !== undefined && !Array.isArray(as.scopes)) {
    throw new TokenloopError('invalid_input', 'the scopes of a user are a list')
  }
  const scopes = as.scopes === undefined ? {} : { scopes: [...as.scopes] }
  return { kind: 'user', id: checkId(id, 'a user id'), ...scopes, ...tenant }
}

/** A service account, by its id. */
export const account = (id: string): Owner & { kind: 'account' } => ({
  kind: 'account',
  id: checkId(id, 'an account id'),
})

/** A tenant, by its id. */
export const tenant = (id: string): Tenant => ({ kind: 'tenant', id: checkId(id, 'a tenant id') })

/** The host itself as the actor. */
export const system: System = Object.freeze({ kind: 'system' })

/** A value that names an owner, checked. Throws `invalid_input`. */
export function checkOwner(value: Owner): Owner {
  if (value?.kind !== 'user' && value?.kind !== 'account') {
    throw new TokenloopError('invalid_input', "an owner is user('…') or account('…')")
  }
  return Object.freeze({ kind: value.kind, id: checkId(value.id, 'an owner id') })
}

/** Whose standing there is a record of: an owner, or a tenant. */
export type Holder = Owner | Tenant

/** A value that names a holder, checked. Throws `invalid_input`. */
export function checkHolder(value: Holder): Holder {
  return value?.kind === 'tenant' ? tenant(value.id) : checkOwner(value)
}

export const sameOwner = (a: Owner, b: Owner): boolean => a.kind === b.kind && a.id === b.id

/** An actor that the host wrote down itself may name a tenant that none can be. */
function checkTenant(tenant: string | null | undefined): void {
  if (tenant !== undefined && tenant !== null) checkId(tenant, 'a tenant id')
}

/** What is kept of an actor. Throws `invalid_input` where the host named none. */
export function actorRef(actor: Actor): ActorRef {
  if (actor?.kind === 'user' || actor?.kind === 'token') checkTenant(actor.tenant)
  switch (actor?.kind) {
    case 'user':
      return Object.freeze({ kind: 'user', id: checkId(actor.id, 'a user id') })
    case 'token':
      return { kind: 'token', id: checkId(actor.tokenId, 'a token id'), owner: checkOwner(actor.owner) }
    case 'system':
      return { kind: 'system', id: 'system' }
    default:
      throw new TokenloopError('invalid_input', "`by` must name who asks: user('…'), a principal, or system")
  }
}

/** Whose records, and in which tenant; what is absent does not matter. */
export interface Realm {
  readonly owner?: Owner
  readonly tenant?: string
}

/** A realm as the host named it. A member that is there must name something: `undefined` would widen it to everything. */
export function checkRealm(realm: Realm): Realm {
  if (typeof realm !== 'object' || realm === null) {
    throw new TokenloopError('invalid_input', 'an owner, a tenant, or both must be named')
  }
  return {
    ...('owner' in realm && { owner: checkOwner(realm.owner as Owner) }),
    ...('tenant' in realm && { tenant: checkId(realm.tenant, 'a tenant id') }),
  }
}

/** The actor's own: the records of its owner, in its tenant where it has one. Throws `invalid_input` where the host named none. */
export function realmOf(actor: Actor): Realm {
  actorRef(actor)
  const owner = ownerOf(actor)
  const tenant = tenantOf(actor)
  return { ...(owner && { owner }), ...(tenant !== undefined && { tenant }) }
}

/** The tenant in which an actor acts, if it does in one. */
export const tenantOf = (actor: Actor): string | undefined =>
  actor.kind === 'system' ? undefined : (actor.tenant ?? undefined)

/** The owner whose records an actor may change when the host names no other confinement; none for the system. */
export function ownerOf(actor: Actor): Owner | undefined {
  if (actor.kind === 'system') return undefined
  return actor.kind === 'user' ? { kind: 'user', id: actor.id } : actor.owner
}

/** The scopes that an actor may give, or `undefined` for the system, which may give all. */
export function ceilingOf(actor: Actor): readonly string[] | undefined {
  return actor.kind === 'system' ? undefined : (actor.scopes ?? [])
}
