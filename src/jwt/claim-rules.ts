import type { Json, JsonObject } from '../core/json.js'
import { isJsonObject } from '../core/parse-json.js'
import type { Claims, JwtRefusal } from './types.js'

/** Claims that bind a token to something else than its bearer. Whoever does not check them must refuse it. */
export type BindingClaim = 'cnf' | 'authorization_details'

/** What a verifier demands of claims. Times are milliseconds. */
export interface Expected {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly required: readonly string[]
  readonly checks: readonly BindingClaim[]
  readonly clockSkew: number
  readonly maxAge: number | undefined
}

/** What RFC 9068 section 2.2 demands of an access token. */
export const REQUIRED_OF_ACCESS_TOKENS = ['iss', 'aud', 'exp', 'iat', 'sub', 'client_id', 'jti'] as const
export const REQUIRED_OF_ANY = ['iss', 'aud', 'exp'] as const

/** The claims of a token that would be accepted now, had it been signed; or why it would not. */
export function judgeClaims(claims: JsonObject, expected: Expected, now: number): Claims | JwtRefusal {
  if (BINDING_CLAIMS.some((name) => name in claims && !expected.checks.includes(name))) return 'unsupported'
  if (!expected.required.every((name) => name in claims) || !isWellTyped(claims)) return 'invalid_claims'
  if (claims.iss !== expected.issuer) return 'wrong_issuer'
  if (!isFor(claims.aud, expected.audiences)) return 'wrong_audience'
  return judgeTimes(claims, expected, now) ?? claims
}

/** Until when the token is accepted as it was now, in milliseconds and without any skew. */
export const acceptedUntil = ({ exp, iat }: Claims, { maxAge }: Expected): number =>
  maxAge === undefined || iat === undefined ? exp * 1000 : Math.min(exp * 1000, iat * 1000 + maxAge)

/** Whether it is over, or still to come. */
export function judgeTimes(
  { exp, nbf, iat }: Claims,
  { clockSkew, maxAge }: Expected,
  now: number,
): JwtRefusal | undefined {
  if (iat !== undefined && exp <= iat) return 'invalid_claims'
  if (now >= exp * 1000 + clockSkew) return 'expired'
  if (Math.max(nbf ?? 0, iat ?? 0) * 1000 > now + clockSkew) return 'not_yet'
  if (maxAge !== undefined && iat !== undefined && now >= iat * 1000 + maxAge + clockSkew) return 'too_old'
  return undefined
}

/** RFC 9068 section 4: one of the audiences is the verifier, by exactly its name. */
const isFor = (aud: string | readonly string[], audiences: ReadonlySet<string>): boolean =>
  typeof aud === 'string' ? audiences.has(aud) : aud.some((one) => audiences.has(one))

const isText = (value: Json) => typeof value === 'string'
const isName = (value: Json) => typeof value === 'string' && value !== ''
/** Whole seconds, which every reader takes for the same moment. RFC 7519 would allow for fractions; no issuer needs them. */
const isSeconds = (value: Json) => Number.isSafeInteger(value) && Number(value) >= 0
const isThumbprint = (value: Json | undefined) => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)

/** A key binding by RFC 9449, and none other, which nobody would check. */
const isConfirmation = (value: Json) =>
  isJsonObject(value) && isThumbprint(value.jkt) && Object.keys(value).length === 1

const isPrincipal = (value: Json) =>
  isJsonObject(value) &&
  (value.kind === 'user' || value.kind === 'client') &&
  isName(value.grant ?? null) &&
  isName(value.tenant ?? 'none') &&
  isName(value.clientTenant ?? 'none') &&
  isName(value.authorization ?? 'none') &&
  Array.isArray(value.epochs) &&
  value.epochs.length === 4 &&
  value.epochs.every(isSeconds)

/** What each claim that has a meaning here must be, where it is there: what is issued is what is accepted. */
export const SHAPES: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ['iss', isName],
  ['aud', (value: Json) => isName(value) || (Array.isArray(value) && value.length > 0 && value.every(isName))],
  ['exp', isSeconds],
  ['nbf', isSeconds],
  ['iat', isSeconds],
  ['auth_time', isSeconds],
  ['sub', isName],
  ['client_id', isName],
  ['jti', isName],
  ['scope', isText],
  ['acr', isText],
  ['cnf', isConfirmation],
  ['authorization_details', (value: Json) => Array.isArray(value) && value.every(isJsonObject)],
  ['tl', isPrincipal],
])

export const BINDING_CLAIMS: readonly BindingClaim[] = ['cnf', 'authorization_details']

/** Whether every claim that has a meaning here is what it must be. */
export function isWellTyped(claims: JsonObject): claims is JsonObject & Claims {
  for (const name in claims) if (SHAPES.get(name)?.(claims[name] as Json) === false) return false
  return true
}
