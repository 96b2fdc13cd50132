import type { Catalogue } from '../core/catalogue.js'
import { TokenloopError } from '../core/errors.js'
import type { Actor, User } from '../core/subject.js'
import { type Chains, isActive, type Link } from './chain.js'
import { accountId, type TokenRecord } from './records.js'
import { statusOf } from './status.js'
import type { Condition, TokenStore } from './store.js'

/** What bounds a token besides its scopes. */
export type Bounds = Pick<TokenRecord, 'expiresAt' | 'networks' | 'limits'>

/** How an actor stands now. */
export interface Acting {
  /** What has to be so still when the actor's gift is written. */
  readonly conditions: readonly Condition[]
  /** Of a token that acts. */
  readonly bounds: Bounds | undefined
}

type Accounts = readonly (Link<'account'> | undefined)[]

const UNBOUND: Acting = { conditions: [], bounds: undefined }

/**
 * How an actor stands at the moment of a gift. Who asks was established some time ago, while the rest of the request was still on its
 * way: what is given must not outlive the end of whoever gives it, so they are looked at again, and the gift is written only if they
 * do not move. Throws `scope_not_allowed` for a user who is suspended or deleted, or whose tenant is, and for a token that has ended,
 * was rotated away, or has less than when it was checked.
 *
 * `read` are accounts that the gift was read with, and is conditional on anyway: they are not read again.
 */
export async function actingNow(
  { store, catalogue }: { readonly store: TokenStore; readonly catalogue: Catalogue },
  by: Actor,
  read: Accounts,
): Promise<Acting> {
  if (by.kind === 'system') return UNBOUND
  if (by.kind === 'user') return { conditions: await demandActiveUser(store, by, read), bounds: undefined }
  const { now, version, record, chain } = await store.getWith('token', by.tokenId)
  const isAlive = record !== undefined && chain !== undefined && statusOf(record, chain, now) === 'active'
  const endsAt = isAlive ? endOf(record, by.generation) : 0
  if (!isAlive || (endsAt !== null && endsAt <= now) || !holds(catalogue, record, by.scopes)) {
    throw new TokenloopError('scope_not_allowed', 'the token that asks may no longer do so')
  }
  return {
    conditions: [{ kind: 'token', id: by.tokenId, version }, ...conditionsOf(chain as Chains['token'])],
    bounds: { expiresAt: endsAt, networks: record.networks, limits: record.limits },
  }
}

/** That a user, and the tenant in which they act, are active, and which of these accounts must not move. */
async function demandActiveUser(
  store: TokenStore,
  { id, tenant }: User,
  read: Accounts,
): Promise<readonly Condition[]> {
  const ids = [accountId({ kind: 'user', id })]
  if (tenant !== undefined) ids.push(accountId({ kind: 'tenant', id: tenant }))
  const unread = ids.filter((id) => !read.some((link) => link?.id === id))
  // Mostly who asks is who owns, and waiting for nobody costs as much as a digest.
  const links = unread.length === 0 ? [] : await Promise.all(unread.map((id) => linkOf(store, id)))
  for (const link of [...read, ...links]) {
    if (link === undefined || !ids.includes(link.id) || isActive(link)) continue
    throw new TokenloopError('scope_not_allowed', 'the user who asks may no longer do so')
  }
  return links.map(conditionOf)
}

async function linkOf(store: TokenStore, id: string): Promise<Link<'account'>> {
  const { version, record } = await store.get('account', id)
  return { kind: 'account', id, version, record }
}

/** That the accounts which a token hangs on are still as they were read. */
export const conditionsOf = ({ owner, tenant }: Chains['token']): readonly Condition[] =>
  tenant === undefined ? [conditionOf(owner)] : [conditionOf(owner), conditionOf(tenant)]

const conditionOf = ({ kind, id, version }: Link<'account'>): Condition => ({ kind, id, version })

/** When the secret of a generation ends; `null` for never, 0 for one that has ended. */
function endOf({ generation, predecessor, expiresAt }: TokenRecord, sent: number): number | null {
  if (sent === generation) return expiresAt
  return sent === predecessor?.generation ? Math.min(predecessor.endsAt, expiresAt ?? Infinity) : 0
}

const holds = (catalogue: Catalogue, { scopes, roles }: TokenRecord, checked: readonly string[]): boolean =>
  catalogue.covers(catalogue.resolve(scopes, roles), checked)

/**
 * Nobody can give what is bound less than they are: a token gives none that outlives it, and where it has networks or limits, only
 * such as have the same. Throws `scope_not_allowed`.
 */
export function demandBounds({ bounds }: Acting, given: Bounds): void {
  if (bounds === undefined) return
  const { expiresAt, networks, limits } = bounds
  const outlives = expiresAt !== null && (given.expiresAt === null || given.expiresAt > expiresAt)
  if (outlives || isLoosened(networks, given.networks) || isLoosened(limits, given.limits)) {
    throw new TokenloopError('scope_not_allowed', 'a token cannot give what is bound less than itself')
  }
}

/** What a gift ends at where no end is asked for: with the token that acts, if that is earlier. */
export const endWith = ({ bounds }: Acting, expiresAt: number | null): number | null =>
  bounds?.expiresAt == null ? expiresAt : Math.min(bounds.expiresAt, expiresAt ?? Infinity)

const isLoosened = (own: readonly unknown[], given: readonly unknown[]): boolean =>
  own.length > 0 && JSON.stringify(own) !== JSON.stringify(given)
