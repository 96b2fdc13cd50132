import type { Chains } from '../store/chain.js'
import type { AuthorizationRecord, GrantRecord } from '../store/records.js'
import type { PrincipalClaim } from './types.js'

/** An authorization with its grant, and the access token that is of it. */
export interface AccessGrounds {
  readonly issuer: string
  /** The id of the authorization. */
  readonly id: string
  readonly record: AuthorizationRecord
  readonly chain: Pick<Chains['grant'], 'client'>
  readonly grant: GrantRecord
  /** The identifier of the resource. */
  readonly resource: string | readonly string[]
  readonly scopes: readonly string[]
  readonly boundTo: string | null
}

/** What an access token says, in whatever form it is (RFC 9068 section 2.2, RFC 7662 section 2.2); times are seconds. */
export type AccessClaims = {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly cnf?: { readonly jkt: string }
  readonly tl: PrincipalClaim
}

export function accessClaims({
  issuer,
  id,
  record,
  chain,
  grant,
  resource,
  scopes,
  boundTo,
}: AccessGrounds): AccessClaims {
  const { subject, client, tenant } = grant
  const { epochs, signIn } = record
  const clientTenant = chain.client.record?.tenant ?? tenant
  return {
    iss: issuer,
    sub: subject ?? client,
    aud: resource,
    client_id: client,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(signIn?.at != null && { auth_time: Math.floor(signIn.at / 1000) }),
    ...(signIn?.acr != null && { acr: signIn.acr }),
    ...(boundTo !== null && { cnf: { jkt: boundTo } }),
    tl: {
      kind: subject === null ? 'client' : 'user',
      ...(tenant !== null && { tenant }),
      ...(clientTenant !== null && clientTenant !== tenant && { clientTenant }),
      grant: record.grant,
      authorization: id,
      epochs: [epochs.subject, epochs.tenant, epochs.client, epochs.grant],
    },
  }
}
