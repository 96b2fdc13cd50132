import { TokenloopError } from '../core/errors.js'
import { copyJson, type JsonObject } from '../core/json.js'
import { REQUIRED_OF_ACCESS_TOKENS, REQUIRED_OF_ANY, SHAPES } from './claim-rules.js'
import type { PrincipalClaim } from './types.js'

/** The claims of a JWT that its issuer states. `exp`, `iat` and `jti` are set for each token. */
export interface PlainClaims {
  /** The issuer, exactly as verifiers are to compare it. */
  readonly iss: string
  /** Whom it is for: a resource by its identifier, or several. */
  readonly aud: string | readonly string[]
  readonly sub?: string
  readonly client_id?: string
  /** Scopes with a space between them (RFC 6749 section 3.3). */
  readonly scope?: string
  /** When the subject signed in, in seconds since 1970. */
  readonly auth_time?: number
  readonly acr?: string
  /** The key it is bound to (RFC 9449 section 6.1). */
  readonly cnf?: { readonly jkt: string }
  /** Of whom it is, to be held against the records. */
  readonly tl?: PrincipalClaim
  readonly [claim: string]: unknown
}

/** The claims of an access token (RFC 9068 section 2.2). For a client that acts for itself, `sub` is its id. */
export interface AccessTokenClaims extends PlainClaims {
  readonly sub: string
  readonly client_id: string
}

/** Set for each token, by nobody else. */
const OURS = ['exp', 'iat', 'nbf', 'jti'] as const

/**
 * The names that a host's own claims cannot have: what the issuer states and readers act upon (RFC 7519, 7800, 8693, 9068, 9396,
 * OpenID Connect Core), and `tl`, which names the principal.
 */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  ...SHAPES.keys(),
  ...OURS,
  ...['act', 'amr', 'at_hash', 'azp', 'c_hash', 'events', 'may_act', 'nonce', 'sid', 'sub_id'],
])

/** RFC 6749 section 3.3. */
const SCOPE = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/
const DEEPEST = 5

/**
 * The claims of a token, copied and checked. Throws `reserved_claim` for a custom claim that would stand in for another one and for
 * one that is set for each token, `invalid_claim` for one that is missing, not of its type, or no JSON.
 */
export function checkClaims(stated: PlainClaims, custom: unknown, isAccessToken: boolean): JsonObject {
  const own = custom === undefined ? undefined : copyOf(custom)
  for (const name in own) if (RESERVED_CLAIMS.has(name)) throw reserved(name)
  const claims = copyOf(stated)
  for (const name of OURS) if (name in claims) throw reserved(name)
  for (const name of isAccessToken ? REQUIRED_OF_ACCESS_TOKENS : REQUIRED_OF_ANY) {
    if (!OURS.some((ours) => ours === name) && claims[name] === undefined) throw invalid(`\`${name}\` is missing`)
  }
  for (const name in claims) {
    const value = claims[name]
    if (value !== undefined && SHAPES.get(name)?.(value) === false)
      throw invalid(`\`${name}\` is not what it has to be`)
  }
  if (typeof claims.scope === 'string' && !SCOPE.test(claims.scope)) throw invalid('`scope` does not list scopes')
  return own === undefined ? claims : { ...own, ...claims }
}

function copyOf(claims: unknown): JsonObject {
  const copy = copyJson(claims, DEEPEST, (why) => invalid(`claims ${why}`))
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) throw invalid('claims must be an object')
  return copy as JsonObject
}

const reserved = (name: string) => new TokenloopError('reserved_claim', `the claim \`${name}\` is not to be set`)
const invalid = (why: string) => new TokenloopError('invalid_claim', why)
