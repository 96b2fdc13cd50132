/**
 * The hash primitives that the core needs, chosen when the package is built or loaded (`#engine` in package.json):
 * `node:crypto` where it exists, `@noble/hashes` everywhere else. Both pass the same vectors.
 */
export interface Engine {
  /** SHA-256 of the UTF-8 bytes of `text`, as unpadded base64url (43 characters). */
  sha256(text: string): string
  /** HMAC-SHA-256 under `key`, of the UTF-8 bytes of a text, as unpadded base64url (43 characters). */
  hmacSha256(key: Uint8Array): (text: string) => string
  /** HKDF-SHA-256 (RFC 5869) of the UTF-8 bytes of three texts: so many bytes, at most 8,160. */
  hkdfSha256(input: string, salt: string, info: string, length: number): Uint8Array
}
