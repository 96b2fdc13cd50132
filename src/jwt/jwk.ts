import { es256 } from '#es256'
import { fromBase64url } from '../core/bytes.js'
import { TokenloopError } from '../core/errors.js'
import type { KeyPair, PoolOptions } from './engine/engine.js'
import { thumbprint } from './thumbprint.js'
import type { PrivateJwk, PublicJwk, SigningKey, VerificationKey } from './types.js'

/*
 * Keys as JSON (RFC 7517), looked at before they are imported: what an engine would take with a shrug (a coordinate that is too long,
 * padding, a private number of zero, a key for encryption) is refused here, and what is not on the curve by the engine.
 */

const NUMBER_BYTES = 32
const LONGEST_ID = 255
/** The order of P-256 (FIPS 186-4, D.1.2.3): a private number lies between 0 and it. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

type Members = Readonly<Record<string, unknown>>

/** The public members of a JWK, all others left behind. Without `kid` it gets its thumbprint. Throws `invalid_key`. */
export function publicJwkOf(value: unknown): PublicJwk {
  const jwk = membersOf(value)
  demandUse(jwk, 'verify')
  const { kid } = jwk
  const point = { x: numberOf(jwk.x), y: numberOf(jwk.y) }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > LONGEST_ID))
    throw invalid('its `kid`')
  return { kty: 'EC', crv: 'P-256', ...point, kid: kid ?? thumbprint({ kty: 'EC', crv: 'P-256', ...point }), ...USE }
}

/** All members of a private JWK. Throws `invalid_key`. */
export function privateJwkOf(value: unknown): PrivateJwk {
  const jwk = membersOf(value)
  demandUse(jwk, 'sign')
  const { key_ops: _, ...others } = jwk
  return { ...publicJwkOf(others), d: privateNumberOf(jwk.d) }
}

/** A public key, ready to verify. Throws `invalid_key` for a point that is not on the curve. */
export async function verificationKey(jwk: PublicJwk, options?: PoolOptions): Promise<VerificationKey> {
  try {
    return { kid: jwk.kid, jwk, verify: await es256.verifier(jwk, options) }
  } catch {
    throw invalid('its point is not on the curve')
  }
}

/** A private key, ready to sign. Throws `invalid_key` unless its halves belong together. */
export async function signingKey({ d, ...publicJwk }: PrivateJwk, options?: PoolOptions): Promise<SigningKey> {
  const { verify } = await verificationKey(publicJwk)
  try {
    const sign = await es256.signer({ x: publicJwk.x, y: publicJwk.y, d }, options)
    if (await verify(PROBE, await sign(PROBE))) return { kid: publicJwk.kid, algorithm: 'ES256', publicJwk, sign }
  } catch {
    // It is told below, and not by what an engine says of a private key.
  }
  throw invalid('its halves do not belong together')
}

/** A new key, called by its thumbprint. */
export async function generateKey(): Promise<PrivateJwk> {
  const { x, y, d } = await es256.generate()
  return privateJwkOf({ kty: 'EC', crv: 'P-256', x, y, d } satisfies KeyPair & { kty: string; crv: string })
}

const USE = { alg: 'ES256', use: 'sig' } as const
const PROBE = new Uint8Array(NUMBER_BYTES)

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is no JSON object')
  return value as Members
}

/** RFC 7517 section 4: what the key says it is for. */
function demandUse({ kty, crv, alg, use, key_ops }: Members, operation: 'sign' | 'verify'): void {
  if (kty !== 'EC' || crv !== 'P-256') throw invalid('it is not of the curve P-256')
  if (alg !== undefined && alg !== 'ES256') throw invalid('its `alg`')
  if (use !== undefined && use !== 'sig') throw invalid('its `use`')
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes(operation))) throw invalid('its `key_ops`')
}

/** RFC 7518 section 6.2.1.2: the full 32 bytes, with their leading zeros. */
function numberOf(value: unknown): string {
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined
  if (bytes?.length !== NUMBER_BYTES) throw invalid('a number of it does not have 32 bytes')
  return value as string
}

function privateNumberOf(value: unknown): string {
  const text = numberOf(value)
  let number = 0n
  for (const byte of fromBase64url(text) ?? []) number = (number << 8n) | BigInt(byte)
  if (number === 0n || number >= ORDER) throw invalid('its private number is out of range')
  return text
}

const invalid = (why: string) => new TokenloopError('invalid_key', `not a key for ES256: ${why}`)
