import { randomByte } from './random.js'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** For each character code below 128, whether it is a base62 digit. */
const IS_DIGIT = new Uint8Array(128)
for (const digit of DIGITS) IS_DIGIT[digit.charCodeAt(0)] = 1

/** Whether a UTF-16 code unit is one of `0-9A-Za-z`. */
export const isBase62 = (code: number): boolean => IS_DIGIT[code] === 1

/**
 * Random base62 text, 5.95 bits a character. Six random bits are drawn for each character and thrown away where they
 * name none, so that every character is equally likely.
 */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) text += DIGITS[randomByte() & 63] ?? ''
  return text
}

/** A number below 2^32 as six zero-padded base62 digits, most significant first. */
export function toSixDigits(value: number): string {
  let text = ''
  for (let rest = value, i = 0; i < 6; i++, rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text
  return text
}
