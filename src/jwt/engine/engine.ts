/** The public point of a P-256 key, as two coordinates of 32 bytes in base64url. */
export interface Point {
  readonly x: string
  readonly y: string
}

/** With the private number, 32 bytes in base64url too. */
export interface KeyPair extends Point {
  readonly d: string
}

export type Sign = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>
export type Verify = (data: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

/**
 * ES256 (RFC 7518 section 3.4), chosen when the package is built or loaded (`#es256` in package.json): `node:crypto` where it exists,
 * WebCrypto everywhere else. Both pass the same vectors. Signatures are `r` and `s`, 64 bytes.
 */
export interface Es256 {
  generate(): Promise<KeyPair>
  /** Imports a private key. Throws or rejects for one that is none. Signs in this thread where it can, `inPool` in others. */
  signer(pair: KeyPair, options?: { readonly inPool?: boolean }): Sign | Promise<Sign>
  /** Imports a public key. Throws or rejects for a point that is not on the curve. What it makes never throws, nor rejects. */
  verifier(point: Point): Verify | Promise<Verify>
  /** The UTF-8 bytes of a text, in base64url. */
  encode(text: string): string
  /** Bytes in base64url. */
  encodeBytes(bytes: Uint8Array): string
  /** The bytes of canonical, unpadded base64url; `undefined` for anything else, unused bits included. */
  decode(text: string): Uint8Array | undefined
  /** The UTF-8 bytes of a text. */
  bytes(text: string): Uint8Array
}

/** Of a signature. */
export const SIGNATURE_BYTES = 64
