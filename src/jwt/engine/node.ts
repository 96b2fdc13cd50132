import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey, generateKeyPair, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { type Es256, type KeyPair, SIGNATURE_BYTES } from './engine.js'

const P256 = { kty: 'EC', crv: 'P-256' } as const
/** `r` and `s` side by side, as RFC 7518 wants it; OpenSSL would make DER. */
const dsaEncoding = 'ieee-p1363'

/** The key objects are made once: to make them anew for each signature would cost more than the signature. */
export const es256: Es256 = {
  async generate() {
    const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    const { x, y, d } = privateKey.export({ format: 'jwk' }) as KeyPair
    return { x, y, d }
  },
  signer({ x, y, d }, { inPool = false } = {}) {
    const key = { key: createPrivateKey({ key: { ...P256, x, y, d }, format: 'jwk' }), dsaEncoding } as const
    if (!inPool) return (data) => sign('sha256', data, key)
    return (data) =>
      new Promise((resolve, reject) => {
        sign('sha256', data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)))
      })
  },
  verifier({ x, y }, { inPool = false } = {}) {
    const key = { key: createPublicKey({ key: { ...P256, x, y }, format: 'jwk' }), dsaEncoding } as const
    if (!inPool) {
      return (data, signature) => signature.length === SIGNATURE_BYTES && verify('sha256', data, key, signature)
    }
    return (data, signature) =>
      signature.length === SIGNATURE_BYTES &&
      new Promise((resolve, reject) => {
        verify('sha256', data, key, signature, (error, isSigned) =>
          error === null ? resolve(isSigned) : reject(error),
        )
      })
  },
  encode: (text) => Buffer.from(text).toString('base64url'),
  encodeBytes: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url'),
  decode(text) {
    // Buffer skips what it does not know; what it then makes of the bytes is the one text that is taken for them.
    const bytes = Buffer.from(text, 'base64url')
    return bytes.toString('base64url') === text ? bytes : undefined
  },
  bytes: (text) => Buffer.from(text),
}
