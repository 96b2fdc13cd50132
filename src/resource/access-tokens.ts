import { checkPrefix, credentialParser, fullPrefix, OAUTH } from '../core/credential.js'
import { createDigester, type Pepper } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { type EventListener, safeListener } from '../core/event.js'
import { checkPart, optionsOf } from '../core/options.js'
import { accessClaims } from '../jwt/access-claims.js'
import { freshnessOf } from '../store/freshness.js'
import { statusByAuthorization } from '../store/grant-status.js'
import type { ReadWith, TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'
import type { UseOptions } from '../store/use.js'
import type { Acceptance, Acceptor, Demand, Dpop } from './accept.js'
import { principalOf, readAccessToken, signInOf, standingOf } from './access-token.js'
import type { GuardReason } from './answers.js'
import { type GathersUse, grantUse } from './grant-use.js'

/** The options of `accessTokens`: those of the authorization server that issues them. */
export interface AccessTokensOptions {
  /** The identifier of the authorization server, character by character. */
  readonly issuer: string
  /** The store of the authorization server: what was revoked is refused at the very next request. One read a request. */
  readonly store: TokenStore
  readonly prefix?: string
  readonly peppers?: readonly Pepper[]
  /** Takes tokens that are bound to a key, from `Authorization: DPoP` (RFC 9449); they are refused without it. */
  readonly dpop?: Dpop
  /** How the last use of connected apps is gathered before it is written. */
  readonly use?: UseOptions
  /** Told about faults of the store. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<AccessTokensOptions>('accessTokens', {
  issuer: true,
  store: true,
  prefix: true,
  peppers: true,
  dpop: true,
  use: true,
  onEvent: true,
})

type Accepted = Acceptance<'grant' | 'client'>
const refused = (reason: GuardReason): Accepted => ({ ok: false, reason })

/**
 * Accepts the opaque access tokens of an authorization server straight from its store, in one read, from `Authorization: Bearer`: issued
 * for exactly the guard's `resource`, with the principal that `jwts({ store })` gives. Throws `invalid_option`.
 *
 * @example
 * accessTokens({ issuer: 'https://auth.acme.dev', store, prefix: 'acme' })
 */
export function accessTokens(options: AccessTokensOptions): Acceptor<'grant' | 'client'> & GathersUse {
  OPTIONS.check(options)
  const { issuer, prefix, peppers, dpop } = options
  if (typeof issuer !== 'string' || issuer === '') throw new TokenloopError('invalid_option', '`issuer` must be a text')
  if (dpop !== undefined) checkPart('dpop', dpop, 'proverOf')
  const freshness = freshnessOf(options.store)
  const tell = safeListener(options.onEvent)
  const store = trusted(options.store, tell)
  const parse = credentialParser(OAUTH.access, [checkPrefix(fullPrefix(OAUTH.access, prefix))])
  const digester = createDigester(OAUTH.access.kind, peppers)
  const { used, ...gathers } = grantUse(store, options.use, tell)

  const accept = async (text: string, demand: Demand): Promise<Accepted> => {
    const sent = parse(text)
    if (sent === undefined) return refused('malformed')
    const read = await store.getWith('access', sent.id, { late: true })
    if (!digester.matches(sent, read.record?.digest)) return refused('unknown')
    const judged = judge(issuer, read, demand.resource)
    if (typeof judged === 'string') return refused(judged)
    const { token, ceilings } = judged
    const isBound = token.claims.cnf !== undefined && dpop === undefined
    if (isBound) return refused('unsupported')
    const principal = principalOf(token, demand.catalogue, ceilings)
    if (!demand.scopes.every((scope) => principal.scopes.includes(scope))) return refused('insufficient_scope')
    return {
      ok: true,
      principal,
      freshness,
      limits: [],
      ...signInOf(principal, read.now),
      passed: () => used(principal.grant, read.now, demand.ip),
    }
  }

  return Object.freeze({
    from: Object.freeze(dpop === undefined ? ['bearer'] : ['bearer', 'dpop']),
    issuer,
    ...(dpop && { dpop }),
    ...gathers,
    async check(text: string, demand: Demand) {
      try {
        return await accept(text, demand)
      } catch {
        return refused('unavailable')
      }
    },
  })
}

/** How a token stands, by one read of it with all that it hangs on. */
function judge(issuer: string, { record, chain, now }: ReadWith<'access'>, resource: string) {
  const authorization = chain?.authorization.record
  const grant = chain?.grant.record
  if (record === undefined) return 'unknown'
  if (chain === undefined || authorization === undefined || grant === undefined) return 'revoked'
  if (record.resource !== resource) return 'wrong_audience'
  if (record.expiresAt <= now) return 'expired'
  const { id } = chain.authorization
  const { scopes, boundTo, epochs } = record
  const claims = accessClaims({
    issuer,
    id,
    record: { ...authorization, epochs },
    chain,
    grant,
    resource,
    scopes,
    boundTo,
  })
  const times = { exp: Math.floor(record.expiresAt / 1000), iat: Math.floor(record.createdAt / 1000) }
  const token = readAccessToken({ ...claims, ...times }, undefined)
  if (token === undefined) return 'invalid_claims'
  const read = { now, version: chain.authorization.version, record: authorization, chain }
  const found = statusByAuthorization(standingOf(token, claims.tl), read)
  return found.status === 'active' ? { token, ceilings: found.ceilings } : found.status
}
