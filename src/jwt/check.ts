import { tupleKey } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import type { Names } from '../core/options.js'
import { parseJsonObject } from '../core/parse-json.js'
import { type Clock, type Duration, duration } from '../core/time.js'
import {
  acceptedUntil,
  BINDING_CLAIMS,
  type BindingClaim,
  type Expected,
  judgeClaims,
  judgeTimes,
  REQUIRED_OF_ACCESS_TOKENS,
  REQUIRED_OF_ANY,
} from './claim-rules.js'
import { type CompactJws, type JwsText, jwsReader, openJws } from './compact.js'
import { headerRule, isSameType } from './header-rules.js'
import type { Claims, JwtRefusal, NoKey, VerificationKey, VerificationKeys } from './types.js'

/** What a verifier of JWTs demands. */
export interface VerifyJwtOptions {
  /** The one issuer that is relied on: `iss`, character by character. */
  readonly issuer: string
  /** What the verifier is called in `aud`; one of several names is enough. */
  readonly audience: string | readonly string[]
  /** The issuer's keys: `managedKeys`, `staticKeys` or `remoteKeys`, made once and kept. */
  readonly keys: VerificationKeys
  /** The `typ` of the header; by default `at+jwt`, an access token with all that RFC 9068 demands of one. */
  readonly typ?: string
  /** How far the issuer's clock may be off; 60 seconds by default, 5 minutes at most. */
  readonly clockSkew?: Duration
  /** How long ago it may have been issued (`iat`), however long it would live. */
  readonly maxAge?: Duration
  /** The binding claims that the caller checks itself. A token that has one which is not named here is refused. */
  readonly checks?: readonly BindingClaim[]
  /** The time of this node; by default the system's. */
  readonly clock?: Clock
}

/** A token that passed, by which key, and until when it would again, in milliseconds and without any skew. */
export interface Passed {
  readonly claims: Claims
  readonly kid: string
  readonly until: number
}

/** The rules of one verifier, its options read once. */
export interface Check {
  /** The digest of what it demands. */
  readonly id: string
  /** The time of this node. Throws what the host's clock throws, or a `RangeError` for what is no time. */
  now(): number
  /** What a text is, or why it is refused, as far as its form and its header say: sooner than it could be looked for among others. */
  read(text: unknown): JwsText | JwtRefusal
  /** Never throws or rejects. */
  check(jws: JwsText, now: number): JwtRefusal | Promise<Passed | JwtRefusal>
}

const MOST_SKEW = 300_000
const ACCESS_TOKEN = 'at+jwt'

/** Every option, by name. */
export const VERIFY_OPTIONS = {
  issuer: true,
  audience: true,
  keys: true,
  typ: true,
  clockSkew: true,
  maxAge: true,
  checks: true,
  clock: true,
} as const satisfies Names<VerifyJwtOptions>

/** Throws `invalid_option` for options that verify nothing. */
export function createCheck(options: VerifyJwtOptions): Check {
  const { keys, clock = { now: Date.now }, typ = ACCESS_TOKEN } = options
  if (typeof keys?.find !== 'function' || typeof keys.revision !== 'number') {
    throw invalid('`keys` must be managedKeys, staticKeys or remoteKeys')
  }
  if (typeof clock?.now !== 'function') throw invalid('`clock` must tell the time')
  if (!isName(typ)) throw invalid('`typ` must be a text')
  const expected = readExpected(options, typ)
  const read = jwsReader(headerRule(typ))
  const { issuer, audiences, required, checks, clockSkew, maxAge = null } = expected

  /** Of claims that would do: whether they are signed. Never rejects. */
  const prove = async (jws: CompactJws, claims: Claims): Promise<Passed | JwtRefusal> => {
    try {
      const kid = jws.header.kid as string | undefined
      const key = await keys.find(kid)
      if (typeof key !== 'object') return reasonOf(key)
      const isSigned = key.verify(jws.signedBytes(), jws.signature)
      if (isSigned !== true) {
        if ((await isSigned) !== true) return 'bad_signature'
        // It took a while, in which the key may have gone, and the token may have ended.
        const still = await keys.find(kid)
        if (typeof still !== 'object') return reasonOf(still)
        if (!isSameKey(still, key)) return 'unknown_key'
        const refusal = judgeTimes(claims, expected, readClock(clock))
        if (refusal !== undefined) return refusal
      }
      return { claims, kid: key.kid, until: acceptedUntil(claims, expected) }
    } catch {
      return 'unavailable'
    }
  }

  return {
    id: tupleKey(JSON.stringify([issuer, [...audiences], typ, required, checks, clockSkew, maxAge])),
    now: () => readClock(clock),
    read,
    check(text, now) {
      const jws = openJws(text)
      const payload = jws === 'malformed' ? undefined : parseJsonObject(jws.payload)
      if (jws === 'malformed' || payload === undefined) return 'malformed'
      const claims = judgeClaims(payload, expected, now)
      return typeof claims === 'string' ? claims : prove(jws, claims)
    },
  }
}

function readClock(clock: Clock): number {
  const now = clock.now()
  if (!Number.isFinite(now)) throw new RangeError('the clock of the host tells no time')
  return now
}

const isSameKey = ({ jwk: a }: VerificationKey, { jwk: b }: VerificationKey) => a.x === b.x && a.y === b.y

/** What keys of the host answer that find none is not taken on trust. */
const reasonOf = (answer: NoKey | undefined): NoKey =>
  answer === undefined || answer === 'unknown_key' ? 'unknown_key' : answer === 'ambiguous_key' ? answer : 'unavailable'

function readExpected(options: VerifyJwtOptions, typ: string): Expected {
  const { issuer, audience, checks = [] } = options
  const audiences = typeof audience === 'string' ? [audience] : audience
  if (!isName(issuer)) throw invalid('`issuer` must be a text')
  if (!Array.isArray(audiences) || audiences.length === 0 || !audiences.every(isName)) {
    throw invalid('`audience` must be a text or a list of texts')
  }
  if (!Array.isArray(checks) || !checks.every((name) => BINDING_CLAIMS.includes(name))) {
    throw invalid('`checks` must be a list of `cnf` and `authorization_details`')
  }
  const clockSkew = duration(options.clockSkew ?? '60s', '`clockSkew`')
  if (clockSkew > MOST_SKEW) throw invalid('`clockSkew` must be at most 5 minutes')
  const maxAge = options.maxAge === undefined ? undefined : duration(options.maxAge, '`maxAge`')
  const required: readonly string[] = isSameType(typ, ACCESS_TOKEN) ? REQUIRED_OF_ACCESS_TOKENS : REQUIRED_OF_ANY
  return {
    issuer,
    audiences: new Set(audiences),
    required: maxAge === undefined ? required : [...new Set([...required, 'iat'])],
    checks: [...checks],
    clockSkew,
    maxAge,
  }
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''

const invalid = (message: string) => new TokenloopError('invalid_option', message)
