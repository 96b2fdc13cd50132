import { TokenloopError } from '../core/errors.js'
import { type EventListener, safeListener } from '../core/event.js'
import { checkPart, optionsOf } from '../core/options.js'
import type { Freshness } from '../core/principal.js'
import type { Clock, Duration } from '../core/time.js'
import { isKeyGone } from '../jwt/key-status.js'
import type { PrincipalClaim, VerificationKeys } from '../jwt/types.js'
import { createJwtVerifier, type JwtVerifier, type JwtVerifierOptions } from '../jwt/verify.js'
import { freshnessOf } from '../store/freshness.js'
import { type Ceiling, type GrantStanding, statusByAuthorization, statusByGrant } from '../store/grant-status.js'
import type { TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'
import type { UseOptions } from '../store/use.js'
import type { Acceptance, Acceptor, Demand, Dpop } from './accept.js'
import { type AccessToken, type KindOf, principalOf, readAccessToken, signInOf, standingOf } from './access-token.js'
import type { GuardReason } from './answers.js'
import { type GathersUse, grantUse } from './grant-use.js'
import type { Revocations } from './revocations/follow.js'

/** The options of `jwts`. */
export interface JwtsOptions {
  /** The one authorization server that is relied on: `iss`, character by character. */
  readonly issuer: string
  /** Its keys: `managedKeys`, `staticKeys` or `remoteKeys`, made once and kept. */
  readonly keys: VerificationKeys
  /** The store of the authorization server: what was revoked is refused at the very next request. One round trip a request. */
  readonly store?: TokenStore
  /** Instead of the store: what is known of revocations, no call a request. */
  readonly revocations?: Revocations
  /** For tokens of an issuer that does not say in `tl` whom they are for. Not with `store` or `revocations`, which need it. */
  readonly kindOf?: KindOf
  /** What `dpop` makes: takes tokens that are bound to a key, from `Authorization: DPoP` (RFC 9449); they are refused without it. */
  readonly dpop?: Dpop
  /** How far the issuer's clock may be off; 60 seconds by default, 5 minutes at most. */
  readonly clockSkew?: Duration
  /** For how long, and for how many tokens, a signature that was verified is remembered. */
  readonly seen?: NonNullable<JwtVerifierOptions['seen']>
  /** The time of this node; by default the system's. */
  readonly clock?: Clock
  /** With `store`: how the last use of connected apps is gathered before it is written. */
  readonly use?: UseOptions
  /** Told about faults of the store. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<JwtsOptions>('jwts', {
  issuer: true,
  keys: true,
  store: true,
  revocations: true,
  kindOf: true,
  dpop: true,
  clockSkew: true,
  seen: true,
  clock: true,
  use: true,
  onEvent: true,
})

/** What became of a token since it was issued. */
type Judgement =
  | {
      readonly ceilings: readonly Ceiling[]
      readonly freshness: Freshness
      readonly used?: (ip: string | undefined) => void
    }
  | GuardReason
interface Judge extends GathersUse {
  judge(token: AccessToken, kid: string): Judgement | Promise<Judgement>
}

/**
 * Accepts JWT access tokens (RFC 9068) from `Authorization: Bearer`, issued for exactly the guard's `resource`. `freshness` of a check
 * says how soon a revocation is felt:
 *
 * | given | a revoked token is refused | `freshness` |
 * |---|---|---|
 * | `store` | at the very next request; a store that fails is 503 | `immediate`, or the bound of a cache |
 * | `revocations` | within their bound; past it, 503 | `{ maxStaleness }` |
 * | neither | when it expires | `until_expiry` |
 *
 * Throws `invalid_option`.
 *
 * @example
 * jwts({ issuer: 'https://auth.acme.dev', keys, store })
 */
export function jwts(options: JwtsOptions): Acceptor<'grant' | 'client'> & GathersUse {
  OPTIONS.check(options)
  const { issuer, keys, kindOf, dpop, clock = { now: Date.now } } = options
  const { judge, flush, close } = judgeOf(options)
  if (kindOf !== undefined && typeof kindOf !== 'function') throw invalid('`kindOf` is a function')
  if (dpop !== undefined) checkPart('dpop', dpop, 'proverOf')

  const verifierFor = (audience: string): JwtVerifier => {
    const { clockSkew, seen } = options
    return createJwtVerifier({
      issuer,
      audience,
      keys,
      clock,
      checks: dpop === undefined ? [] : ['cnf'],
      ...(clockSkew !== undefined && { clockSkew }),
      ...(seen && { seen }),
    })
  }
  // What is wrong with the options is told at once, and not by the first request.
  verifierFor('any')
  /** By the guard's resource: as many as there are guards. */
  const verifiers = new Map<string, JwtVerifier>()
  const verifierOf = (resource: string): JwtVerifier => {
    const verifier = verifiers.get(resource) ?? verifierFor(resource)
    verifiers.set(resource, verifier)
    return verifier
  }

  const accept = async (text: string, { resource, catalogue, scopes, ip }: Demand): Promise<Accepted> => {
    const verified = await verifierOf(resource).verify(text)
    if (!verified.ok) return refused(verified.reason)
    const token = readAccessToken(verified.claims, kindOf)
    if (token === undefined) return refused('invalid_claims')
    const judgement = await judge(token, verified.kid)
    if (typeof judgement === 'string') return refused(judgement)
    const principal = principalOf(token, catalogue, judgement.ceilings)
    if (!scopes.every((scope) => principal.scopes.includes(scope))) return refused('insufficient_scope')
    const { freshness, used } = judgement
    return {
      ok: true,
      principal,
      freshness,
      limits: [],
      ...signInOf(principal, clock.now()),
      ...(used && { passed: () => used(ip) }),
    }
  }

  return Object.freeze({
    from: Object.freeze(dpop === undefined ? ['bearer'] : ['bearer', 'dpop']),
    issuer,
    ...(dpop && { dpop }),
    flush,
    close,
    async check(text: string, demand: Demand) {
      try {
        return await accept(text, demand)
      } catch {
        return refused('unavailable')
      }
    },
  })
}

type Accepted = Acceptance<'grant' | 'client'>

const refused = (reason: GuardReason): Accepted => ({ ok: false, reason })

/** Without a store there is nothing to be gathered. */
const NOTHING: GathersUse = { flush: async () => {}, close: async () => {} }

function judgeOf({ store, revocations, kindOf, use, onEvent }: JwtsOptions): Judge {
  if (store === undefined && use !== undefined) throw invalid('`use` is gathered for a `store`')
  if (store === undefined && revocations === undefined) {
    return { ...NOTHING, judge: () => ({ ceilings: [], freshness: 'until_expiry' }) }
  }
  if (store !== undefined && revocations !== undefined) throw invalid('`store` or `revocations`, not both')
  if (kindOf !== undefined) throw invalid('`kindOf` is for tokens that cannot be held against `store` or `revocations`')
  return store === undefined ? byFeed(revocations as Revocations) : byStore(store, use, onEvent)
}

/** Holds a token, and the key that signed it, against the records, in one round trip. */
function byStore(bare: TokenStore, use: UseOptions | undefined, onEvent: EventListener | undefined): Judge {
  const freshness = freshnessOf(bare)
  const tell = safeListener(onEvent)
  const store = trusted(bare, tell)
  const { used, ...gathers } = grantUse(store, use, tell)
  const late = { late: true }
  const statusOf = async ({ authorization, grant }: PrincipalClaim, standing: GrantStanding) => {
    if (authorization === undefined) {
      const read = await store.getWith('grant', grant, late)
      return { ...statusByGrant(standing, read), now: read.now }
    }
    const read = await store.getWith('authorization', authorization, late)
    return { ...statusByAuthorization(standing, read), now: read.now }
  }
  return {
    ...gathers,
    async judge(token, kid) {
      const { tl } = token
      if (tl === undefined) return 'invalid_claims'
      const [found, isGone] = await Promise.all([statusOf(tl, standingOf(token, tl)), isKeyGone(store, kid, late)])
      if (isGone) return 'revoked'
      if (found.status !== 'active') return found.status
      return { ceilings: found.ceilings, freshness, used: (ip) => used(tl.grant, found.now, ip) }
    },
  }
}

/** Holds a token against what is known to have ended. */
function byFeed(revocations: Revocations): Judge {
  checkPart('revocations', revocations, 'judge')
  return {
    ...NOTHING,
    async judge(token, kid) {
      const { tl, claims } = token
      if (tl === undefined || claims.iat === undefined) return 'invalid_claims'
      const judged = await revocations.judge({
        ...standingOf(token, tl),
        ...(tl.clientTenant !== undefined && { clientTenant: tl.clientTenant }),
        key: kid,
        authorization: tl.authorization ?? null,
        issuedAt: claims.iat * 1000,
      })
      return judged === 'live' ? { ceilings: [], freshness: revocations.freshness } : judged
    },
  }
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
