import { type Chains, epochOf, isActive } from './chain.js'
import type { ClientRecord } from './records.js'
import type { ReadWith } from './store.js'

/** What a signed token says of the records that it hangs on. */
export interface GrantStanding {
  /** `null` for a client that acts for itself. */
  readonly subject: string | null
  readonly client: string
  readonly tenant: string | null
  readonly grant: string
  /** As they were read before the token was authorised. */
  readonly epochs: readonly [subject: number, tenant: number, client: number, grant: number]
  /** The thumbprint of the key that the token is bound to. */
  readonly boundTo: string | null
}

/** How a token stands by the records as they are: the scopes that it may still use, or why it may not be used. */
export type GrantStatus =
  | { readonly status: 'active'; readonly ceilings: readonly Ceiling[] }
  | { readonly status: 'revoked' | 'owner_inactive' }

/** What may at most be done: all that these scopes and roles allow. */
export interface Ceiling {
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

const revoked: GrantStatus = Object.freeze({ status: 'revoked' })
const inactive: GrantStatus = Object.freeze({ status: 'owner_inactive' })

/** Of a token that hangs on an authorization, read with its chain. */
export function statusByAuthorization(token: GrantStanding, read: ReadWith<'authorization'>): GrantStatus {
  const { record, chain, now } = read
  if (record === undefined || chain === undefined) return revoked
  const isOfGrant = record.grant === token.grant && chain.grant.id === token.grant
  const isBound = record.boundTo === null || record.boundTo === token.boundTo
  if (record.status !== 'active' || record.expiresAt <= now || !isOfGrant || !isBound) return revoked
  return statusOfGrant(token, chain.grant.record, chain, [{ scopes: record.scopes, roles: [] }])
}

/** Of a token that hangs on a grant alone, read with its chain. */
export const statusByGrant = (token: GrantStanding, { record, chain }: ReadWith<'grant'>): GrantStatus =>
  chain === undefined ? revoked : statusOfGrant(token, record, chain, [])

function statusOfGrant(
  token: GrantStanding,
  grant: ReadWith<'grant'>['record'],
  chain: Chains['grant'],
  ceilings: readonly Ceiling[],
): GrantStatus {
  const client = chain.client.record
  if (grant === undefined || client === undefined) return revoked
  const { subject, tenant } = token
  const isOfThem = grant.subject === subject && grant.tenant === tenant && grant.client === token.client
  const epochs = [epochOf(chain.subject, 'grants'), epochOf(chain.tenant, 'grants'), client.epoch, grant.epoch]
  if (!isOfThem || grant.status !== 'active' || epochs.some((epoch, i) => epoch !== token.epochs[i])) return revoked
  if (client.status === 'deleted') return revoked
  const holders = [chain.subject, chain.tenant, chain.clientTenant]
  if (client.status !== 'active' || !holders.every(isActive)) return inactive
  // Roles resolve when a credential is checked: those of a client are its own, and no user's.
  if (subject === null) {
    return { status: 'active', ceilings: [...ceilings, { scopes: grant.scopes, roles: client.roles }] }
  }
  return { status: 'active', ceilings: [...ceilings, { scopes: grant.scopes, roles: [] }, ...ofClient(client)] }
}

/** The scopes that a client is registered for; `undefined` where it registered none in particular, and may have any. */
export const registeredScopes = ({ scope }: { readonly scope?: unknown }): readonly string[] | undefined =>
  typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : undefined

/** No user can give a client more than it is registered for now. */
function ofClient({ metadata }: ClientRecord): readonly Ceiling[] {
  const scopes = registeredScopes(metadata)
  return scopes === undefined ? [] : [{ scopes, roles: [] }]
}
