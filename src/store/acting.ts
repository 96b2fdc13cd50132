import type { Catalogue } from '../core/catalogue.js'
import { TokenloopError } from '../core/errors.js'
import type { Actor } from '../core/subject.js'
import type { Chains, Link } from './chain.js'
import type { TokenRecord } from './records.js'
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

const UNBOUND: Acting = { conditions: [], bounds: undefined }

/**
 * How an actor stands at the moment of a gift. A token was checked some time ago, while its caller still sent the rest of the
 * request: what it gives must not outlive its end, so it is looked at again, and the gift is written only if it does not move.
 * Throws `scope_not_allowed` for a token that has ended, was rotated away, or has less than when it was checked.
 */
export async function actingNow(
  { store, catalogue }: { readonly store: TokenStore; readonly catalogue: Catalogue },
  by: Actor,
): Promise<Acting> {
  if (by.kind !== 'token') return UNBOUND
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
