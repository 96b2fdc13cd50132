const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** Whether a text has at most so many bytes in UTF-8. No unit of UTF-16 takes more than three, so few texts need to be encoded. */
export const fitsInto = (bytes: number, text: string): boolean => text.length * 3 <= bytes || utf8(text).length <= bytes

/** The text of UTF-8 bytes; throws a `TypeError` where they are not well-formed. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const NO_DIGIT = 0xff
const DIGITS = new Uint8Array(128).fill(NO_DIGIT)
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit

/** The bytes of canonical, unpadded base64url; `undefined` for anything else, unused bits included. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let length = 0
  let bits = 0
  let pending = 0
  for (let i = 0; i < text.length; i++) {
    const digit = DIGITS[text.charCodeAt(i)] ?? NO_DIGIT
    if (digit === NO_DIGIT) return undefined
    bits = (bits << 6) | digit
    pending += 6
    if (pending < 8) continue
    pending -= 8
    bytes[length++] = bits >> pending
    bits &= (1 << pending) - 1
  }
  return bits === 0 ? bytes : undefined
}

/** Compares two texts in time that depends on their lengths alone, never on where they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/**
 * One text for a tuple, so that no two tuples share one: each part carries its length before it, and an absent part is
 * distinct from an empty one.
 */
export function lengthPrefixed(parts: readonly (string | null)[]): string {
  let text = ''
  for (const part of parts) text += part === null ? '-' : `${part.length}:${part}`
  return text
}
