import { equalInConstantTime } from '../../core/bytes.js'
import { sha256 } from '../../core/digest.js'
import type { JsonObject } from '../../core/json.js'
import type { HeaderRule } from '../compact.js'
import { headerRule } from '../header-rules.js'
import { normalizeUrl } from './url.js'

/**
 * Why a proof is refused.
 *
 * | reason | meaning |
 * |---|---|
 * | `missing` | there is none |
 * | `malformed`, `too_long` | not one compact JWS |
 * | `algorithm`, `wrong_type`, `header` | not ES256; `typ` is not `dpop+jwt`; a parameter that changes the meaning of others |
 * | `invalid_key` | `jwk` is not the public half, and only that, of an ES256 key |
 * | `invalid_claims` | a claim is missing, or of the wrong type or size |
 * | `wrong_nonce` | not a nonce of this server that is in use: `use_dpop_nonce` |
 * | `wrong_method`, `wrong_url`, `wrong_time`, `wrong_token` | `htm`; `htu`; `iat`; `ath` |
 * | `bad_signature` | not signed by its key |
 * | `wrong_key` | the token is bound to another key |
 * | `replayed` | it was used before |
 * | `unavailable` | the store, or the nonces of the host, failed: 503 |
 */
export type ProofRefusal =
  | 'missing'
  | 'malformed'
  | 'too_long'
  | 'algorithm'
  | 'header'
  | 'wrong_type'
  | 'invalid_key'
  | 'invalid_claims'
  | 'wrong_nonce'
  | 'wrong_method'
  | 'wrong_url'
  | 'wrong_time'
  | 'wrong_token'
  | 'bad_signature'
  | 'wrong_key'
  | 'replayed'
  | 'unavailable'

/** The request that a proof came with. */
export interface ProvenRequest {
  /** The method, as HTTP spells it: `GET`. */
  readonly method: string
  /** Where the request went, by configuration, never by `Host`. Query and fragment do not count. */
  readonly url: string
  /** The access token beside it, at a resource server: `ath` has to be of it. */
  readonly accessToken?: string
}

/** What a proof says, and what it is held against. */
export interface Facts extends ProvenRequest {
  readonly claims: JsonObject
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether the nonce is one to accept, or none is asked for. */
  readonly isNonceFine: boolean
}

/** How long before or after now a proof may have been made, in milliseconds. */
export const WINDOW = 60_000
const LONGEST_ID = 256

const TYPE = 'dpop+jwt'
const ofAnyJws = /* @__PURE__ */ headerRule(TYPE, { except: 'jwk' })

/** Section 4.2 of RFC 9449 gives `typ` one value; what other media types allow for is not needed. */
export const judgeProofHeader: HeaderRule = (header) =>
  ofAnyJws(header) ?? (header.typ === TYPE ? undefined : 'wrong_type')

const isText = (value: unknown): value is string => typeof value === 'string'

/** RFC 9449 section 4.3, numbers 3 and 8 to 11, in the order in which they are judged. */
const RULES: readonly (readonly [ProofRefusal, (facts: Facts) => boolean])[] = [
  ['invalid_claims', ({ claims: { jti } }) => isText(jti) && jti !== '' && jti.length <= LONGEST_ID],
  ['invalid_claims', ({ claims: { htm, htu } }) => isText(htm) && isText(htu)],
  ['invalid_claims', ({ claims: { iat } }) => Number.isSafeInteger(iat)],
  ['wrong_nonce', ({ isNonceFine }) => isNonceFine],
  ['wrong_method', ({ claims: { htm }, method }) => htm === method],
  ['wrong_url', ({ claims: { htu }, url }) => isSameUrl(htu, url)],
  ['wrong_time', ({ claims: { iat }, now }) => Math.abs(now - Number(iat) * 1000) <= WINDOW],
  ['wrong_token', ({ claims: { ath }, accessToken }) => accessToken === undefined || isHashOf(ath, accessToken)],
]

/** The first rule that is broken, or nothing. */
export const judgeProofClaims = (facts: Facts): ProofRefusal | undefined =>
  RULES.find(([, holds]) => !holds(facts))?.[0]

function isSameUrl(htu: unknown, url: string): boolean {
  const normalized = normalizeUrl(htu)
  return normalized !== undefined && normalized === normalizeUrl(url)
}

const isHashOf = (ath: unknown, token: string): boolean => isText(ath) && equalInConstantTime(ath, sha256(token))
