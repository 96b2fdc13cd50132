import type { Json } from '../core/json.js'

/** The public half of an ES256 key, as a JWKS publishes it (RFC 7517, RFC 7518 section 6.2.1). */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  /** The thumbprint of the key (RFC 7638), unless its issuer calls it otherwise. */
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

/** Both halves. It is sealed wherever it rests. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}

/** A public key, imported once. */
export interface VerificationKey {
  readonly kid: string
  readonly jwk: PublicJwk
  /** Whether these 64 bytes (`r` and `s`, RFC 7518 section 3.4) sign the data. Never throws. */
  verify(data: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
}

/** Why there is no key: none is called that, several could be meant, or the keys cannot be had at the moment. */
export type NoKey = 'unknown_key' | 'ambiguous_key' | 'unavailable'

/** Where a verifier finds keys. */
export interface VerificationKeys {
  /**
   * The key of that id; without an id, the only one there is. Never throws. An unknown id leads to a rate-limited look at where the
   * keys come from, and to nothing else.
   */
  find(kid: string | undefined): VerificationKey | NoKey | Promise<VerificationKey | NoKey>
  /**
   * Moves whenever a key is no longer one to rely on: what was verified under another number has to be verified again. To read it
   * keeps the keys fresh, as `find` does.
   */
  readonly revision: number
}

/** A key that signs, possibly far away in a KMS. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: 'ES256'
  readonly publicJwk: PublicJwk
  /** 64 bytes: `r` and `s` (RFC 7518 section 3.4), not DER. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** Keys that sign, and are published so that others can verify. */
export interface SigningKeys extends VerificationKeys {
  /** The one key that signs now. Rejects with `key_unavailable` or `unavailable`. */
  active(): SigningKey | Promise<SigningKey>
  /** The longest life of a token, in milliseconds: for so long after its last signature a key stays published. */
  readonly tokenLifetime: number
  /** The time by which tokens are dated, in milliseconds since 1970. */
  now(): number
  /** The public keys as a JWKS document (RFC 7517 section 5), with the headers to serve it by. Never rejects: it answers 503. */
  jwks(): Promise<Response>
}

/**
 * What a token says of the principal it was issued for, in one claim (`tl`), so that it can be held against the records.
 * A verifier that does not know it ignores it.
 */
export interface PrincipalClaim {
  /** Who `sub` is: a user, or the client itself. A client's token never passes for a user's. */
  readonly kind: 'user' | 'client'
  readonly tenant?: string
  /** The tenant of the client, where that is another one: with it ends what the client was allowed. */
  readonly clientTenant?: string
  /** The id of the grant. */
  readonly grant: string
  /** The id of the authorization, where there is one. */
  readonly authorization?: string
  /** Of subject, tenant, client and grant, as they were read before the token was authorised. */
  readonly epochs: readonly [subject: number, tenant: number, client: number, grant: number]
}

/** The claims of a verified token, on an object without prototype. Times are seconds since 1970. */
export interface Claims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat?: number
  readonly nbf?: number
  readonly jti?: string
  readonly sub?: string
  readonly client_id?: string
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly cnf?: { readonly jkt: string }
  readonly tl?: PrincipalClaim
  readonly [claim: string]: Json | PrincipalClaim | undefined
}

/**
 * Why a JWT is refused.
 *
 * | reason | meaning |
 * |---|---|
 * | `malformed` | not a compact JWS: segments, base64url, UTF-8, JSON, duplicate members, nesting |
 * | `too_long` | longer than a token may be |
 * | `algorithm` | not the algorithm of its key |
 * | `header` | a header that changes the meaning of others: `crit`, `b64`, `zip`, … |
 * | `wrong_type` | `typ` is another one |
 * | `unknown_key`, `ambiguous_key` | no key is called that; no key is named and there are several |
 * | `bad_signature` | the signature is not by that key |
 * | `invalid_claims` | a claim is missing, or of the wrong type |
 * | `unsupported` | a claim binds the token to something that the verifier does not check: `cnf`, `authorization_details` |
 * | `wrong_issuer`, `wrong_audience` | `iss`, `aud` |
 * | `expired`, `not_yet`, `too_old` | `exp`; `nbf` or an `iat` in the future; issued, or signed in, too long ago |
 * | `unavailable` | the keys cannot be had at the moment: 503 |
 */
export type JwtRefusal =
  | 'malformed'
  | 'too_long'
  | 'algorithm'
  | 'header'
  | 'wrong_type'
  | NoKey
  | 'bad_signature'
  | 'invalid_claims'
  | 'unsupported'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet'
  | 'too_old'

/** The longest token that is issued or looked at, in characters. */
export const MOST_CHARACTERS = 8192
