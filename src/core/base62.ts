import { randomByte } from './random.js'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** For each character code below 128, the value of the base62 digit; -1 where it is none. */
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value

/** Whether a UTF-16 code unit is one of `0-9A-Za-z`. */
export const isBase62 = (code: number): boolean => code < 128 && (VALUES[code] as number) >= 0

/**
 * Random base62 text, 5.95 bits a character. Six random bits are drawn for each character and thrown away where they
 * name none, so that every character is equally likely.
 */
export function randomBase62(length: number): string {
  const codes: number[] = []
  while (codes.length < length) {
    const value = randomByte() & 63
    if (value < DIGITS.length) codes.push(DIGITS.charCodeAt(value))
  }
  // All at once: text that is put together one by one is a chain of as many pieces.
  return String.fromCharCode(...codes)
}

/** A number below 2^32 as six zero-padded base62 digits, most significant first. */
export function toSixDigits(value: number): string {
  let text = ''
  for (let rest = value, i = 0; i < 6; i++, rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text
  return text
}

/** The number that the base62 digits of a text from `start` on stand for. */
export function fromDigits(text: string, start: number): number {
  let value = 0
  for (let i = start; i < text.length; i++) value = value * 62 + (VALUES[text.charCodeAt(i)] as number)
  return value
}

/** Base62 text of so many characters out of random bytes, by the same rule; `undefined` where they do not suffice. */
export function base62Of(bytes: Uint8Array, length: number): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length && text.length < length; i++) {
    const value = (bytes[i] as number) & 63
    if (value < DIGITS.length) text += DIGITS.charAt(value)
  }
  return text.length === length ? text : undefined
}
