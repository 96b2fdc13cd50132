import { tupleKey } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { type EventListener, safeListener } from '../core/event.js'
import { type Fetch, fetchableUrl, globalFetch } from '../core/fetch-bytes.js'
import { checkPart, optionsOf } from '../core/options.js'
import { type Clock, type Duration, delay, duration } from '../core/time.js'
import { createSeen } from '../jwt/seen.js'
import type { Claims } from '../jwt/types.js'
import type { Acceptance, Acceptor, Demand, Dpop } from './accept.js'
import { type AccessToken, type KindOf, principalOf, readAccessToken, signInOf } from './access-token.js'
import type { GuardReason } from './answers.js'
import { type Asking, type Introspected, introspect } from './introspect.js'

/** The options of `opaque`. */
export interface OpaqueOptions {
  /** The authorization server: what `iss` of an answer has to be where it has one. */
  readonly issuer: string
  /** Its introspection endpoint (RFC 7662); `https:`, unless `fetch` is the host's. */
  readonly introspection: string | URL
  /** Who asks, such as `{ authorization: 'Basic …' }`. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** For an authorization server that does not say in `tl` whom a token is for. */
  readonly kindOf?: KindOf
  /** What `dpop` makes: takes tokens that are bound to a key, from `Authorization: DPoP` (RFC 9449); they are refused without it. */
  readonly dpop?: Dpop
  /** Remembers answers: the bound within which a revocation is felt. By default each request leads to a call, and none is kept. */
  readonly maxStaleness?: Duration
  /** How many answers are remembered at the most; 5,000 by default. */
  readonly most?: number
  /** For a whole answer; 2 seconds by default. */
  readonly timeout?: Duration
  readonly fetch?: Fetch
  /** The time of this node; by default the system's. */
  readonly clock?: Clock
  /** Is told `token.not_introspected`. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<OpaqueOptions>('opaque', {
  issuer: true,
  introspection: true,
  headers: true,
  kindOf: true,
  dpop: true,
  maxStaleness: true,
  most: true,
  timeout: true,
  fetch: true,
  clock: true,
  onEvent: true,
})

const LONGEST = 300_000

type Accepted = Acceptance<'grant' | 'client'>

/** A question that is on its way, and when it was asked. */
interface Call {
  readonly asked: number
  readonly answer: Promise<Introspected>
}

const refused = (reason: GuardReason): Accepted => ({ ok: false, reason })

/**
 * Accepts tokens of any form from `Authorization: Bearer` by asking the authorization server (RFC 7662): active, for exactly the guard's
 * `resource` (`aud`), not expired and not bound to anything that is not checked. An answer that does not come, or is none, is a 503.
 * Put it last among those that read the same place: it is asked about whatever no other one knows. Throws `invalid_option`.
 *
 * @example
 * opaque({ issuer, introspection: 'https://auth.acme.dev/oauth/introspect', headers: () => ({ authorization }), maxStaleness: '5s' })
 */
export function opaque(options: OpaqueOptions): Acceptor<'grant' | 'client'> {
  OPTIONS.check(options)
  const { issuer, kindOf, dpop, clock = Date } = options
  if (dpop !== undefined) checkPart('dpop', dpop, 'proverOf')
  const { asking, maxStaleness, most } = readOptions(options)
  const freshness = maxStaleness === 0 ? 'immediate' : Object.freeze({ maxStaleness })
  const seen = createSeen<AccessToken>(tupleKey(issuer, asking.url), { most, maxAge: maxStaleness })
  const tell = safeListener(options.onEvent)
  /** One call for all who ask about a token while its answer is younger than the bound: it may say what was so when it was asked. */
  const running = new Map<string, Call>()

  const ask = (text: string, key: string, now: number): Call => {
    const known = running.get(key)
    if (known !== undefined && now >= known.asked && now - known.asked < maxStaleness) return known
    const answer = introspect(asking, text).finally(() => running.get(key) === call && running.delete(key))
    const call = { asked: now, answer }
    running.set(key, call)
    return call
  }

  const refusalOf = (claims: Claims, resource: string, now: number): GuardReason | undefined => {
    const refusal = judge(claims, issuer, resource, now)
    if (refusal !== undefined) return refusal
    const isBound = claims.cnf !== undefined && dpop === undefined
    return isBound || claims.authorization_details !== undefined ? 'unsupported' : undefined
  }

  const tokenOf = async (text: string, resource: string): Promise<AccessToken | GuardReason> => {
    const now = clock.now()
    const key = seen.keyOf(text)
    const known = maxStaleness === 0 ? undefined : seen.get(key, { now, revision: 0 })
    if (known !== undefined) return refusalOf(known.claims, resource, now) ?? known
    const { asked, answer } = ask(text, key, now)
    const claims = await answer
    if (typeof claims === 'string') {
      if (claims === 'unavailable') tell({ type: 'token.not_introspected', at: null, about: asking.url })
      return claims
    }
    const refusal = refusalOf(claims, resource, now)
    if (refusal !== undefined) return refusal
    const token = readAccessToken(claims, kindOf)
    if (token === undefined) return 'invalid_claims'
    if (maxStaleness > 0) seen.add(key, token, claims.exp * 1000, { now: asked, revision: 0 })
    return token
  }

  const accept = async (text: string, { resource, catalogue, scopes }: Demand): Promise<Accepted> => {
    const token = await tokenOf(text, resource)
    if (typeof token === 'string') return refused(token)
    const principal = principalOf(token, catalogue)
    if (!scopes.every((scope) => principal.scopes.includes(scope))) return refused('insufficient_scope')
    return { ok: true, principal, freshness, limits: [], ...signInOf(principal, clock.now()) }
  }

  return Object.freeze({
    from: Object.freeze(dpop === undefined ? ['bearer'] : ['bearer', 'dpop']),
    issuer,
    ...(dpop && { dpop }),
    async check(text: string, demand: Demand) {
      try {
        return await accept(text, demand)
      } catch {
        return refused('unavailable')
      }
    },
  })
}

const MOST_AHEAD = 60_000

function judge(claims: Claims, issuer: string, resource: string, now: number): GuardReason | undefined {
  const { iss, aud, exp, nbf = 0 } = claims
  if (iss !== issuer) return 'wrong_issuer'
  if (!(typeof aud === 'string' ? aud === resource : aud.includes(resource))) return 'wrong_audience'
  if (now >= exp * 1000) return 'expired'
  return nbf * 1000 > now + MOST_AHEAD ? 'not_yet' : undefined
}

function readOptions(options: OpaqueOptions): { asking: Asking; maxStaleness: number; most: number } {
  const { issuer, headers, kindOf, fetch = globalFetch, clock = Date, most = 5000 } = options
  const maxStaleness = duration(options.maxStaleness ?? 0, '`maxStaleness`')
  const timeout = delay(options.timeout ?? '2s', '`timeout`')
  const address = fetchableUrl(options.introspection, options.fetch !== undefined)
  if (typeof issuer !== 'string' || issuer === '') throw invalid('`issuer` must be a text')
  if (address === undefined) throw invalid('`introspection` is an https: address, without credentials or a fragment')
  if (![headers, fetch, clock?.now, kindOf ?? fetch].every((part) => typeof part === 'function')) {
    throw invalid('`headers`, `fetch` and `kindOf` are functions, and `clock` tells the time')
  }
  if (maxStaleness > LONGEST) throw invalid('`maxStaleness` is up to 5m')
  if (!Number.isSafeInteger(most) || most < 1) throw invalid('`most` is a number of answers')
  return { asking: { url: address.href, issuer, fetch, headers, timeout }, maxStaleness, most }
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
