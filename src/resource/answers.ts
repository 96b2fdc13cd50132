import type { JwtRefusal } from '../jwt/types.js'
import type { RefusalReason } from '../tokens/types.js'

/** What the caller is told: RFC 6750 section 3.1, RFC 9449 section 7.1, RFC 9470 section 3, and what HTTP has for the rest. */
export type ErrorName =
  | 'unauthorized'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'too_many_requests'
  | 'temporarily_unavailable'

/** Why a guard refused, for the host's own eyes. */
export type GuardReason =
  | RefusalReason
  | JwtRefusal
  | 'missing'
  | 'ambiguous'
  | 'insufficient_authentication'
  /** The token is bound to a key, and was sent as `Bearer`, or with a proof by another key. */
  | 'bound'
  /** The token is bound to no key, and was sent as `DPoP`. */
  | 'not_bound'
  | 'invalid_proof'
  | 'nonce_required'

/** What the caller is told, in the terms of HTTP. */
export interface Answer {
  readonly status: 400 | 401 | 403 | 429 | 503
  readonly error: ErrorName
  /** For people. */
  readonly description: string
  /** Whether the challenge names the error; a request without credentials gets a bare one. */
  readonly challenge: 'bare' | 'error' | 'none'
}

const UNUSABLE: Answer = {
  status: 401,
  error: 'invalid_token',
  description: 'The credential is not valid',
  challenge: 'error',
}

/** What each reason is outside. Whatever makes a token unusable, the caller is told the same. */
export const ANSWERS: { readonly [R in GuardReason]: Answer } = {
  missing: { status: 401, error: 'unauthorized', description: 'A credential is required', challenge: 'bare' },
  ambiguous: {
    status: 400,
    error: 'invalid_request',
    description: 'One well-formed credential is required',
    challenge: 'error',
  },
  malformed: UNUSABLE,
  unknown: UNUSABLE,
  expired: UNUSABLE,
  not_yet: UNUSABLE,
  revoked: UNUSABLE,
  paused: UNUSABLE,
  owner_inactive: UNUSABLE,
  ip_not_allowed: UNUSABLE,
  too_long: UNUSABLE,
  algorithm: UNUSABLE,
  header: UNUSABLE,
  wrong_type: UNUSABLE,
  unknown_key: UNUSABLE,
  ambiguous_key: UNUSABLE,
  bad_signature: UNUSABLE,
  invalid_claims: UNUSABLE,
  unsupported: UNUSABLE,
  wrong_issuer: UNUSABLE,
  wrong_audience: UNUSABLE,
  too_old: UNUSABLE,
  bound: UNUSABLE,
  not_bound: UNUSABLE,
  invalid_proof: {
    status: 401,
    error: 'invalid_dpop_proof',
    description: 'A valid proof of the key is required',
    challenge: 'error',
  },
  nonce_required: {
    status: 401,
    error: 'use_dpop_nonce',
    description: 'The proof has to carry the nonce of this answer',
    challenge: 'error',
  },
  insufficient_scope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The credential does not allow this',
    challenge: 'error',
  },
  insufficient_authentication: {
    status: 401,
    error: 'insufficient_user_authentication',
    description: 'The user has to sign in anew, or in a stronger way',
    challenge: 'error',
  },
  limited: {
    status: 429,
    error: 'too_many_requests',
    description: 'The limit of the credential is reached',
    challenge: 'none',
  },
  unavailable: { status: 503, error: 'temporarily_unavailable', description: 'Try again later', challenge: 'none' },
}
