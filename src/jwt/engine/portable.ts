import { base64url } from 'jose'
import { fromBase64url, utf8 } from '../../core/bytes.js'
import { type Es256, type KeyPair, SIGNATURE_BYTES } from './engine.js'

const P256 = { kty: 'EC', crv: 'P-256' } as const
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const
const ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const

/** WebCrypto takes no view of memory that others share; nothing here is such a view. */
const plain = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>

/** Runs wherever WebCrypto does. */
export const es256: Es256 = {
  async generate() {
    const { privateKey } = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
    const { x, y, d } = (await crypto.subtle.exportKey('jwk', privateKey)) as KeyPair
    return { x, y, d }
  },
  async signer({ x, y, d }) {
    const key = await crypto.subtle.importKey('jwk', { ...P256, x, y, d }, CURVE, false, ['sign'])
    return async (data) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, plain(data)))
  },
  async verifier({ x, y }) {
    const key = await crypto.subtle.importKey('jwk', { ...P256, x, y }, CURVE, false, ['verify'])
    return async (data, signature) =>
      signature.length === SIGNATURE_BYTES && crypto.subtle.verify(ALGORITHM, key, plain(signature), plain(data))
  },
  encode: base64url.encode,
  encodeBytes: base64url.encode,
  decode: fromBase64url,
  bytes: utf8,
}
