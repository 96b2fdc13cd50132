/** The public point of a P-256 key, as two coordinates of 32 bytes in base64url. */
export interface Point {
  readonly x: string
  readonly y: string
}

/** With the private number, 32 bytes in base64url too. */
export interface KeyPair extends Point {
  readonly d: string
}

/** Where keys are put to use. */
export interface PoolOptions {
  /**
   * Signs and verifies in the threads of the runtime instead of the caller's: many at once take all cores, and hold up nothing else,
   * while a single one takes a little longer. On Node these are the threads of libuv (`UV_THREADPOOL_SIZE`, 4 by default), which files
   * and DNS use as well. Where there is no Node it is always so.
   */
  readonly inPool?: boolean
}

export type Sign = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>
export type Verify = (data: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

/**
 * ES256 (RFC 7518 section 3.4), chosen when the package is built or loaded (`#es256` in package.json): `node:crypto` where it exists,
 * WebCrypto everywhere else. Both pass the same vectors. Signatures are `r` and `s`, 64 bytes.
 */
export interface Es256 {
  generate(): Promise<KeyPair>
  /** Imports a private key. Throws or rejects for one that is none. */
  signer(pair: KeyPair, options?: PoolOptions): Sign | Promise<Sign>
  /** Imports a public key. Throws or rejects for a point that is not on the curve. What it makes takes whatever bytes. */
  verifier(point: Point, options?: PoolOptions): Verify | Promise<Verify>
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
