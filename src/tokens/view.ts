import type { Chains } from '../store/chain.js'
import type { TokenRecord } from '../store/records.js'
import { statusOf } from '../store/status.js'
import type { Use } from '../store/store.js'
import type { Token } from './types.js'

/** What is shown of a record: neither digests nor the sealed secret. */
export function viewOf<Scope extends string, Role extends string>(
  id: string,
  record: TokenRecord,
  chain: Chains['token'],
  now: number,
  use: Use | null = null,
): Token<Scope, Role> {
  return {
    id,
    name: record.name,
    status: statusOf(record, chain, now),
    owner: record.owner,
    tenant: record.tenant,
    scopes: record.scopes as readonly Scope[],
    roles: record.roles as readonly Role[],
    generation: record.generation,
    createdAt: record.createdAt,
    createdBy: record.createdBy,
    rotatedAt: record.rotatedAt,
    expiresAt: record.expiresAt,
    notBefore: record.notBefore,
    revoked: record.revoked,
    paused: record.paused,
    networks: record.networks,
    limits: record.limits,
    metadata: record.metadata,
    revealable: record.sealed !== null,
    use,
  }
}
