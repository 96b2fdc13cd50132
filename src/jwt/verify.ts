import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import { type Duration, duration } from '../core/time.js'
import { createCheck, VERIFY_OPTIONS, type VerifyJwtOptions } from './check.js'
import { createSeen } from './seen.js'
import type { Claims, JwtRefusal } from './types.js'

/** The options of `createJwtVerifier`. */
export interface JwtVerifierOptions extends VerifyJwtOptions {
  /** For how long, and for how many tokens, an acceptance is remembered; a minute and 5,000 by default. */
  readonly seen?: { readonly maxAge?: Duration; readonly most?: number }
}

type SeenOptions = NonNullable<JwtVerifierOptions['seen']>
const ONE = optionsOf<VerifyJwtOptions>('verifyJwt', VERIFY_OPTIONS)
const MANY = optionsOf<JwtVerifierOptions>('createJwtVerifier', { ...VERIFY_OPTIONS, seen: true })
const SEEN = optionsOf<SeenOptions>('createJwtVerifier: seen', { maxAge: true, most: true })

/**
 * The outcome for a JWT: its claims, frozen and on objects without a prototype, and the id of the key that signed it; or why it is
 * refused.
 */
export type VerifiedJwt =
  | { readonly ok: true; readonly claims: Claims; readonly kid: string }
  | { readonly ok: false; readonly reason: JwtRefusal }

/** What `createJwtVerifier` makes. */
export interface JwtVerifier {
  /** Verifies whatever comes. Never throws or rejects; `reason` is for logs, the caller is told `invalid_token`. */
  verify(text: unknown): Promise<VerifiedJwt>
}

/**
 * Verifies one ES256 JWT (RFC 7519, RFC 8725, RFC 9068 section 4). Never rejects on a token; throws `invalid_option` for options that
 * could verify nothing. The reason of a refusal is the first rule that is broken, of form, header, claims, key and signature: what could
 * not be accepted anyway costs no signature and leads to no look for keys. So a reason proves nothing about who made the token.
 *
 * @example
 * const keys = remoteKeys('https://auth.acme.dev/jwks')
 * const checked = await verifyJwt(jwt, { issuer: 'https://auth.acme.dev', audience: 'https://api.acme.dev', keys })
 * if (checked.ok) checked.claims.sub
 */
export async function verifyJwt(text: unknown, options: VerifyJwtOptions): Promise<VerifiedJwt> {
  ONE.check(options)
  const { read, check, now } = createCheck(options)
  try {
    const jws = read(text)
    const checked = typeof jws === 'string' ? jws : await check(jws, now())
    return typeof checked === 'string' ? refused(checked) : { ok: true, claims: checked.claims, kid: checked.kid }
  } catch {
    return refused('unavailable')
  }
}

/**
 * Makes a verifier that remembers the tokens it has accepted, so that the next request of the same caller costs a hash instead of a
 * signature: until the token expires, a key is no longer one to rely on, or the bound is reached. Throws `invalid_option`.
 *
 * @example
 * const verifier = createJwtVerifier({ issuer, audience, keys })
 * const checked = await verifier.verify(jwt)
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  MANY.check(options)
  const { read, check, now, id } = createCheck(options)
  const { keys, seen: bounds = {} } = options
  SEEN.check(bounds)
  const { maxAge = '1m', most = 5000 } = bounds
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new TokenloopError('invalid_option', '`seen.most` must be a number of tokens')
  }
  const seen = createSeen<VerifiedJwt>(id, { most, maxAge: duration(maxAge, '`seen.maxAge`') })

  return Object.freeze({
    async verify(text: unknown): Promise<VerifiedJwt> {
      const jws = read(text)
      if (typeof jws === 'string') return refused(jws)
      try {
        const moment = { now: now(), revision: keys.revision }
        const key = seen.keyOf(jws.text)
        const known = seen.get(key, moment)
        if (known !== undefined) return known
        const checked = await check(jws, moment.now)
        if (typeof checked === 'string') return refused(checked)
        const { claims, kid, until } = checked
        const result = Object.freeze({ ok: true, claims, kid })
        seen.add(key, result, until, moment)
        return result
      } catch {
        return refused('unavailable')
      }
    },
  })
}

const refused = (reason: JwtRefusal): VerifiedJwt => ({ ok: false, reason })
