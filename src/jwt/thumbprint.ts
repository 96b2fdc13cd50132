import { sha256 } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'

/** The members that make a key, of each type, in the order of RFC 7638 section 3.2 and RFC 8037 section 2. */
const REQUIRED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
])

/**
 * The SHA-256 thumbprint of a public key (RFC 7638), 43 characters of base64url: the `kid` of our keys, and what a token is bound to
 * (`jkt`, RFC 9449). Other members do not count. Throws `invalid_key` where a member that does is missing.
 *
 * @example
 * thumbprint(jwk)   // 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'
 */
export function thumbprint(jwk: { readonly kty: string } & Readonly<Record<string, unknown>>): string {
  const members = (REQUIRED.get(jwk.kty) ?? []).map((name) => [name, jwk[name]] as const)
  if (members.length === 0 || !members.every(([, value]) => typeof value === 'string')) {
    throw new TokenloopError('invalid_key', 'not a public key')
  }
  return sha256(JSON.stringify(Object.fromEntries(members)))
}
