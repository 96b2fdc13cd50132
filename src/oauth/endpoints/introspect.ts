import type { Answer, PlainRequest } from '../../core/plain.js'
import { accessClaims } from '../../jwt/access-claims.js'
import { jsonAnswer } from '../answer.js'
import { scopesOf, stands } from '../authorization.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import { type Client, isPublic } from '../clients/client.js'
import type { Context } from '../context.js'
import { findToken, type KnownToken } from '../known-token.js'
import { formOf } from '../parameters.js'
import { Refusal } from '../refusal.js'

/** What may be told of a token, or why nothing is: for the host's own eyes. */
type Told = Readonly<Record<string, unknown>> | 'unknown' | 'ended' | 'of_another'

/**
 * Token introspection (RFC 7662), for clients that authenticate: each is told about its own tokens, and one that is the server of a
 * resource about access tokens for that resource. Whatever it may not know looks like what is not there. Throws a `Refusal`.
 */
export async function introspect(context: Context, request: PlainRequest): Promise<Answer> {
  const parameters = await formOf(request)
  if (parameters.repeats()) throw new Refusal('parameter_repeated')
  const client = await authenticateClient(context, request, parameters)
  if (isPublic(client)) throw new Refusal('client_authentication_failed', { detail: client.id })
  const text = parameters.get('token')
  if (text === undefined) throw new Refusal('parameter_missing', { detail: 'token' })
  const token = await findToken(context, text)
  const told = token === undefined ? 'unknown' : tellOf(context, client, token)
  if (typeof told !== 'string') return jsonAnswer(200, { active: true, ...told })
  // Whoever tries many is seen by these.
  context.tell({
    type: 'token.refused',
    at: client.now,
    detail: { endpoint: 'introspect', client: client.id, reason: told },
  })
  return jsonAnswer(200, { active: false })
}

function tellOf(context: Context, client: Client, token: KnownToken): Told {
  if (!mayKnow(context, client, token)) return 'of_another'
  if (!stands(token.found)) return 'ended'
  return token.kind === 'refresh' ? refreshClaims(context, token) : tokenClaims(context, token)
}

/** A server of a resource that lies in a tenant is told of that tenant's tokens alone. */
function mayKnow({ resources }: Context, client: Client, token: KnownToken): boolean {
  const { chain } = token.found
  if (chain.client.id === client.id) return true
  const tenant = client.record.tenant
  if (token.kind === 'refresh' || (tenant !== null && tenant !== chain.grant.record?.tenant)) return false
  return audienceOf(token).some((id) => resources.get(id)?.servers.includes(client.id) === true)
}

/** Of one that is for userinfo as well there are two. */
const audienceOf = (token: Exclude<KnownToken, { kind: 'refresh' }>): readonly string[] =>
  token.kind === 'opaque' ? [token.access.resource] : [token.claims.aud].flat()

/** It has no `aud`, so that nobody takes it for an access token. */
function refreshClaims(context: Context, { found, isCurrent }: Extract<KnownToken, { kind: 'refresh' }>): Told {
  const { record, chain, now } = found
  const endsAt = Math.min(record.idleExpiresAt, record.expiresAt)
  if (!isCurrent || endsAt <= now) return 'ended'
  const { subject, client } = chain.grant.record ?? {}
  const scope = scopesOf(context, found).join(' ')
  return { iss: context.issuer, sub: subject ?? client, client_id: client, scope, exp: Math.floor(endsAt / 1000) }
}

/** With the scopes that the grant still has. */
function tokenClaims(context: Context, token: Exclude<KnownToken, { kind: 'refresh' }>): Told {
  const { found } = token
  const left = scopesOf(context, found)
  const still = (scopes: readonly string[]) => scopes.filter((scope) => left.includes(scope))
  if (token.kind === 'jwt') {
    const { claims } = token
    const scope = still(claims.scope?.split(' ') ?? []).join(' ')
    return { ...claims, scope, token_type: typeOf(claims.cnf?.jkt ?? null) }
  }
  const { access } = token
  const { id, record, chain } = found
  const grant = chain.grant.record
  if (grant === undefined) return 'ended'
  const { resource, boundTo, expiresAt, createdAt } = access
  return {
    ...accessClaims({
      issuer: context.issuer,
      id,
      record,
      chain,
      grant,
      resource,
      scopes: still(access.scopes),
      boundTo,
    }),
    exp: Math.floor(expiresAt / 1000),
    iat: Math.floor(createdAt / 1000),
    token_type: typeOf(boundTo),
  }
}

const typeOf = (boundTo: string | null) => (boundTo === null ? 'Bearer' : 'DPoP')
