import type { Catalogue } from '../core/catalogue.js'
import type { JsonObject } from '../core/json.js'
import type { ClientPrincipal, GrantPrincipal } from '../core/principal.js'
import type { Claims, PrincipalClaim } from '../jwt/types.js'
import type { Ceiling, GrantStanding } from '../store/grant-status.js'
import type { SignIn } from './accept.js'

/** Says of a token whom it is for, where its issuer does not say so in `tl`; `undefined` refuses it. */
export type KindOf = (claims: Claims) => 'user' | 'client' | undefined

/** An access token that says for whom it is. */
export interface AccessToken {
  readonly claims: Claims
  readonly sub: string
  readonly client: string
  readonly kind: 'user' | 'client'
  readonly tl: PrincipalClaim | undefined
}

/**
 * Reads for whom a token is. Without `tl` only the host can tell: RFC 9068 section 2.2 lets an issuer name a client in `sub` as it
 * likes, and a client may be called like a user. A client's own token names it in `sub`, as it is named in `client_id`.
 */
export function readAccessToken(claims: Claims, kindOf: KindOf | undefined): AccessToken | undefined {
  const { sub, client_id: client, tl } = claims
  if (sub === undefined || client === undefined) return undefined
  const kind = tl === undefined ? kindOf?.(claims) : tl.kind
  if (kind !== 'user' && kind !== 'client') return undefined
  if (tl !== undefined && kind === 'client' && sub !== client) return undefined
  return { claims, sub, client, kind, tl }
}

/** What the token says of the records that it hangs on. */
export const standingOf = ({ claims, sub, client, kind }: AccessToken, tl: PrincipalClaim): GrantStanding => ({
  subject: kind === 'user' ? sub : null,
  client,
  tenant: tl.tenant ?? null,
  grant: tl.grant,
  epochs: tl.epochs,
  boundTo: claims.cnf?.jkt ?? null,
})

/** Who sent the token, with the scopes of it that all ceilings leave. */
export function principalOf(
  { claims, sub, client, kind, tl }: AccessToken,
  catalogue: Catalogue,
  ceilings: readonly Ceiling[] = [],
): GrantPrincipal | ClientPrincipal {
  const own = catalogue.resolve(claims.scope === undefined ? [] : claims.scope.split(' '))
  const scopes = ceilings.reduce(
    (left, { scopes, roles }) => catalogue.narrow(left, catalogue.resolve(scopes, roles)),
    own,
  )
  const common = {
    issuer: claims.iss,
    client,
    tenant: tl?.tenant ?? null,
    grant: tl?.grant ?? null,
    authorization: tl?.authorization ?? null,
    scopes,
    expiresAt: claims.exp * 1000,
    boundTo: claims.cnf?.jkt ?? null,
    claims: claims as JsonObject,
  }
  if (kind === 'client') return { kind, ...common }
  const authenticatedAt = claims.auth_time === undefined ? null : claims.auth_time * 1000
  return { kind: 'grant', subject: sub, ...common, authenticatedAt, acr: claims.acr ?? null }
}

/** How the user signed in; nothing for a client that acts for itself. */
export function signInOf(principal: GrantPrincipal | ClientPrincipal, now: number): { readonly signIn?: SignIn } {
  if (principal.kind === 'client') return {}
  const { acr, authenticatedAt } = principal
  return { signIn: { acr, age: authenticatedAt === null ? null : now - authenticatedAt } }
}
