import type { ParsedCredential } from '../core/credential.js'
import type { Digest } from '../core/digest.js'
import { isInNetworks } from '../core/network.js'
import type { Principal } from '../core/principal.js'
import type { TokenRecord } from '../store/records.js'
import type { ReadWith } from '../store/store.js'
import type { Context } from './context.js'
import { statusOf } from './status.js'
import type { RefusalReason, VerifyInput } from './types.js'

/** What a token's record says of a request, before anyone else is asked. */
export type Verdict =
  | { readonly ok: true; readonly principal: Principal; readonly record: TokenRecord; readonly digest: Digest }
  | { readonly ok: false; readonly reason: RefusalReason }

const refuse = (reason: RefusalReason): Verdict => ({ ok: false, reason })

/**
 * Judges a token by what was read of it. The digest comes first, and costs the same whether there is a record or not: whoever
 * does not have the secret learns nothing but `unknown`.
 */
export function judge(
  { digester, catalogue }: Pick<Context, 'digester' | 'catalogue'>,
  credential: ParsedCredential,
  { record, chain, now }: ReadWith<'token'>,
  { scopes: needed = [], ip }: VerifyInput<string>,
): Verdict {
  const current = digester.matches(credential, record?.digest)
  const former = record?.predecessor ?? null
  const predecessor = !current && former !== null && digester.matches(credential, former) ? former : null
  if (record === undefined || chain === undefined || (!current && predecessor === null)) return refuse('unknown')

  const status = statusOf(record, chain, now)
  if (status !== 'active') return refuse(status)
  if (predecessor !== null && predecessor.endsAt <= now) return refuse('revoked')
  if (record.networks.length > 0 && !isInNetworks(ip, record.networks)) return refuse('ip_not_allowed')
  const scopes = catalogue.resolve(record.scopes, record.roles)
  if (!needed.every((scope) => scopes.includes(scope))) return refuse('insufficient_scope')

  const principal: Principal = {
    kind: 'token',
    tokenId: credential.id,
    name: record.name,
    owner: record.owner,
    tenant: record.tenant,
    scopes,
    roles: record.roles,
    expiresAt: record.expiresAt,
    deprecatedUntil: predecessor?.endsAt ?? null,
    metadata: record.metadata,
  }
  return { ok: true, principal, record, digest: predecessor ?? record.digest }
}
