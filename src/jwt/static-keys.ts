import { exportJWK, importPKCS8, importSPKI } from 'jose'
import { LATE, withDeadline } from '../core/deadline.js'
import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import { type Clock, type Duration, delay, duration } from '../core/time.js'
import type { PoolOptions } from './engine/engine.js'
import { privateJwkOf, publicJwkOf, signingKey, verificationKey } from './jwk.js'
import { jwksResponse } from './jwks.js'
import { pick } from './key-view.js'
import type { PublicJwk, SigningKey, SigningKeys, VerificationKey } from './types.js'

/** A key that never leaves where it is, such as a KMS or an HSM. */
export interface Signer {
  /** The public half, as a JWK. Without `kid` it is called by its thumbprint. */
  readonly publicJwk: object
  /** The ES256 signature of the data: `r` and `s`, 64 bytes. A KMS that answers in DER needs them taken out of it. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** How long to wait for a signature; 5 seconds by default. What comes later is `unavailable`. */
  readonly timeout?: Duration
}

/** A key as an environment has it: a JWK, as an object or as JSON, or PEM. */
export type KeySource = string | object

/** The options of `staticKeys`. */
export interface StaticKeysOptions extends PoolOptions {
  /** The key that signs: a private JWK, PKCS #8 in PEM, or a signer. */
  readonly sign: KeySource | Signer
  /** What is published besides: keys that signed before, until their last token has expired, and keys that are to sign. */
  readonly publish?: readonly (KeySource | Signer)[]
  /** How long resource servers may keep the JWKS document; 10 minutes by default. */
  readonly cacheFor?: Duration
  /** The longest life of a token; any, by default. */
  readonly tokenLifetime?: Duration
  /** The time by which tokens are dated; the system's by default. */
  readonly clock?: Clock
}

const OPTIONS = optionsOf<StaticKeysOptions>('staticKeys', {
  inPool: true,
  sign: true,
  publish: true,
  cacheFor: true,
  tokenLifetime: true,
  clock: true,
})

/**
 * Signing keys that the host keeps itself, and rotates by publishing the next one a while before it signs. Rejects with `invalid_key`
 * for anything but ES256 keys whose halves belong together (a wrong curve, `use: enc`, an `alg` of something else, two of one id), and
 * with `unavailable` where a signer fails.
 *
 * @example
 * const keys = await staticKeys({ sign: process.env.SIGNING_KEY, publish: [process.env.FORMER_KEY] })
 * const inKms = await staticKeys({ sign: { publicJwk, sign: (data) => kms.sign(keyId, data) } })
 */
export async function staticKeys(options: StaticKeysOptions): Promise<SigningKeys> {
  OPTIONS.check(options)
  const { sign, publish = [], cacheFor = '10m', tokenLifetime, clock = Date, inPool = false } = options
  const maxAge = duration(cacheFor, 'cacheFor')
  const longest = tokenLifetime === undefined ? Infinity : duration(tokenLifetime, 'tokenLifetime')
  const active = await signerOf(sign, { inPool })
  const keys = new Map<string, VerificationKey>()
  for (const jwk of [active.publicJwk, ...(await Promise.all(publish.map(publicHalf)))]) {
    if (keys.has(jwk.kid)) throw invalid('two keys have the same `kid`')
    keys.set(jwk.kid, await verificationKey(jwk, { inPool }))
  }
  const published = [...keys.values()].map(({ jwk }) => jwk)
  return Object.freeze({
    revision: 0,
    tokenLifetime: longest,
    now: () => clock.now(),
    active: () => active,
    find: (kid: string | undefined) => pick(keys, kid),
    jwks: async () => jwksResponse(published, maxAge),
  })
}

const isSigner = (value: unknown): value is Signer =>
  typeof value === 'object' && value !== null && 'publicJwk' in value && 'sign' in value

/** A signer is asked once at the start, so that one for another key, or one that answers in DER, is found out then. */
async function signerOf(source: KeySource | Signer, options: PoolOptions): Promise<SigningKey> {
  if (!isSigner(source)) return signingKey(privateJwkOf(await jwkOf(source)), options)
  const publicJwk = publicJwkOf(source.publicJwk)
  const sign = inTime(source)
  const { verify } = await verificationKey(publicJwk)
  let signature: Uint8Array
  try {
    signature = await sign(PROBE)
  } catch (cause) {
    throw new TokenloopError('unavailable', 'the signer failed', { cause })
  }
  if (!(signature instanceof Uint8Array && (await verify(PROBE, signature)))) {
    throw invalid('the signer does not sign with it in 64 bytes')
  }
  return { kid: publicJwk.kid, algorithm: 'ES256', publicJwk, sign }
}

/** What a signer answers, if it does in time: one that hangs must not keep whoever asks for a token waiting for ever. */
function inTime(signer: Signer): (data: Uint8Array) => Promise<Uint8Array> {
  const timeout = delay(signer.timeout ?? '5s', 'the `timeout` of a signer')
  return async (data) => {
    const answer = await withDeadline(() => signer.sign(data), timeout)
    if (answer === LATE) throw new TokenloopError('unavailable', 'the signer took too long')
    return answer
  }
}

const PROBE = new TextEncoder().encode('tokenloop')

async function publicHalf(source: KeySource | Signer): Promise<PublicJwk> {
  if (isSigner(source)) return publicJwkOf(source.publicJwk)
  const jwk = await jwkOf(source)
  const isPrivate = typeof jwk === 'object' && jwk !== null && 'd' in jwk
  if (!isPrivate) return publicJwkOf(jwk)
  const { d: _, ...half } = privateJwkOf(jwk)
  return half
}

const PEM = /^\s*-----BEGIN (PUBLIC|PRIVATE) KEY-----/

/** What a source says, as a JWK that is still to be looked at. */
async function jwkOf(source: KeySource): Promise<unknown> {
  if (typeof source !== 'string') return source
  try {
    const [, half] = PEM.exec(source) ?? []
    if (half === undefined) return JSON.parse(source)
    // Environments that have no lines write them as `\n`.
    const pem = source.trim().replaceAll('\\n', '\n')
    const key = await (half === 'PUBLIC' ? importSPKI : importPKCS8)(pem, 'ES256', { extractable: true })
    const { kty, crv, x, y, d } = await exportJWK(key)
    return { kty, crv, x, y, ...(d !== undefined && { d }) }
  } catch {
    // What a parser says of a private key may quote it.
    throw invalid('it is neither a JWK nor PEM of a P-256 key (PKCS #8 or SPKI)')
  }
}

const invalid = (why: string) => new TokenloopError('invalid_key', `not a key for ES256: ${why}`)
