import { es256 } from '#es256'
import { randomBase62 } from '../../core/base62.js'
import { sha256 } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import type { Clock } from '../../core/time.js'
import { generateKey, privateJwkOf, signingKey } from '../jwk.js'
import { thumbprint } from '../thumbprint.js'
import type { ProvenRequest } from './rules.js'
import { normalizeUrl } from './url.js'

/** The options of `createProver`. */
export interface ProverOptions {
  /** A private JWK for ES256; by default a new key, which nobody else has and which ends with the prover. */
  readonly key?: object
  /** The time by which proofs are dated; the system's by default. */
  readonly clock?: Clock
}

/** What a proof is made for. */
export interface ProofInput extends ProvenRequest {
  /** The last `DPoP-Nonce` that this server answered. */
  readonly nonce?: string
}

/** A client's key, and the proofs that it has it. */
export interface Prover {
  /** The thumbprint of its key: what tokens are bound to. */
  readonly jkt: string
  /** The value of the `DPoP` header for one request. Rejects with `invalid_input` for what is no URL. */
  proof(input: ProofInput): Promise<string>
}

const OPTIONS = optionsOf<ProverOptions>('createProver', { key: true, clock: true })
const INPUT = optionsOf<ProofInput>('proof', { method: true, url: true, accessToken: true, nonce: true })
/** 131 random bits. */
const ID_LENGTH = 22

/**
 * Makes DPoP proofs (RFC 9449 section 4), for clients and tests. Rejects with `invalid_key` for what is no private key for ES256.
 *
 * @example
 * const prover = await createProver()
 * const headers = {
 *   authorization: `DPoP ${accessToken}`,
 *   dpop: await prover.proof({ method: 'GET', url: 'https://api.acme.dev/v1/issues', accessToken }),
 * }
 */
export async function createProver(options: ProverOptions = {}): Promise<Prover> {
  OPTIONS.check(options)
  const { key, clock = Date } = options
  const { publicJwk, sign } = await signingKey(key === undefined ? await generateKey() : privateJwkOf(key))
  const { kty, crv, x, y } = publicJwk
  const header = es256.encode(JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }))

  return Object.freeze({
    jkt: thumbprint({ kty, crv, x, y }),
    async proof(input: ProofInput) {
      INPUT.check(input)
      const { method, url, accessToken, nonce } = input
      const htu = normalizeUrl(url)
      if (htu === undefined) throw new TokenloopError('invalid_input', 'a proof is for a URL of http or https')
      const claims = {
        jti: randomBase62(ID_LENGTH),
        htm: method,
        htu,
        iat: Math.floor(clock.now() / 1000),
        ...(accessToken !== undefined && { ath: sha256(accessToken) }),
        ...(nonce !== undefined && { nonce }),
      }
      const signed = `${header}.${es256.encode(JSON.stringify(claims))}`
      return `${signed}.${es256.encodeBytes(await sign(es256.bytes(signed)))}`
    },
  })
}
