import { type Chains, epochOf, isActive } from './chain.js'
import type { AccountRecord, TokenRecord } from './records.js'

/** How a token stands, its owner and tenant included. */
export type TokenStatus = 'active' | 'not_yet' | 'paused' | 'expired' | 'revoked' | 'owner_inactive'

/** How a token stands: what is final comes before what passes. */
export function statusOf(record: TokenRecord, chain: Chains['token'], now: number): TokenStatus {
  if (record.revoked !== null || !hasItsEpochs(record, chain)) return 'revoked'
  if (!isActive(chain.owner) || !isActive(chain.tenant)) return 'owner_inactive'
  if (record.expiresAt !== null && record.expiresAt <= now) return 'expired'
  if (record.notBefore !== null && record.notBefore > now) return 'not_yet'
  return record.paused === null ? 'active' : 'paused'
}

function hasItsEpochs({ epochs }: TokenRecord, { owner, tenant }: Chains['token']): boolean {
  return epochs.owner === epochOf(owner, 'tokens') && epochs.tenant === epochOf(tenant, 'tokens')
}

/** Whether a token can never work again: it gives its name way, and takes no more changes. */
export function isOver(record: TokenRecord, chain: Chains['token'], now: number): boolean {
  const status = statusOf(record, chain, now)
  const ofDeleted = [chain.owner, chain.tenant].some((link) => link?.record?.status === 'deleted')
  return status === 'revoked' || status === 'expired' || ofDeleted
}

/** Whether a token that hangs on an account ended with it, whatever else it hangs on. */
export function endedWith({ type, status, tokens }: AccountRecord, { epochs }: TokenRecord): boolean {
  return status === 'deleted' || tokens !== (type === 'tenant' ? epochs.tenant : epochs.owner)
}
