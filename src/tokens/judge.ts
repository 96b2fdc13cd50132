import type { ParsedCredential } from '../core/credential.js'
import { isInNetworks } from '../core/network.js'
import type { TokenPrincipal } from '../core/principal.js'
import type { TokenRecord } from '../store/records.js'
import { statusOf } from '../store/status.js'
import type { ReadWith } from '../store/store.js'
import type { Context } from './context.js'
import type { RefusalReason } from './types.js'

/** What a token's record says of a request, before anyone else is asked. */
export type Verdict =
  | { readonly ok: true; readonly principal: TokenPrincipal; readonly record: TokenRecord }
  | { readonly ok: false; readonly reason: RefusalReason }

const refuse = (reason: RefusalReason): Verdict => ({ ok: false, reason })

/**
 * Judges a token by what was read of it. The digests come first, and cost the same whether there is a record, has been rotated, or
 * is not there at all: whoever does not have the secret learns nothing but `unknown`.
 */
export function judge(
  { digester, catalogue }: Pick<Context, 'digester' | 'catalogue'>,
  credential: ParsedCredential,
  { record, chain, now }: ReadWith<'token'>,
  ip: unknown,
): Verdict {
  const current = digester.matches(credential, record?.digest)
  const former = !current && digester.matches(credential, record?.predecessor ?? undefined)
  if (record === undefined || chain === undefined || !(current || former)) return refuse('unknown')

  const status = statusOf(record, chain, now)
  if (status !== 'active') return refuse(status)
  const deprecatedUntil = former && record.predecessor ? record.predecessor.endsAt : null
  if (deprecatedUntil !== null && deprecatedUntil <= now) return refuse('revoked')
  if (record.networks.length > 0 && !isInNetworks(ip, record.networks)) return refuse('ip_not_allowed')

  const principal: TokenPrincipal = {
    kind: 'token',
    tokenId: credential.id,
    name: record.name,
    owner: record.owner,
    tenant: record.tenant,
    scopes: catalogue.resolve(record.scopes, record.roles),
    roles: record.roles,
    generation: former && record.predecessor ? record.predecessor.generation : record.generation,
    expiresAt: record.expiresAt,
    deprecatedUntil,
    metadata: record.metadata,
  }
  return { ok: true, principal, record }
}
