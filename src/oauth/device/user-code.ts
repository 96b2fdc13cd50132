import { randomByte } from '../../core/random.js'

/**
 * Letters that are not taken for one another and make no words (RFC 8628 section 6.1). Eight of them are 34 bits: enough for what lives
 * some minutes and can be guessed at a few times.
 */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8

/** A new code, as it is kept. Bytes that would make a letter likelier than others are thrown away. */
export function newUserCode(): string {
  const fair = 256 - (256 % LETTERS.length)
  let code = ''
  while (code.length < LENGTH) {
    const byte = randomByte()
    if (byte < fair) code += LETTERS.charAt(byte % LETTERS.length)
  }
  return code
}

/** As a person reads it: two groups of four. */
export const shownUserCode = (code: string): string => `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`

/** The code that somebody typed, in whatever case and with whatever between its letters; `undefined` for what is none. */
export function userCodeIn(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined
  const code = typed.toUpperCase().replace(/[\s._-]/g, '')
  return code.length === LENGTH && [...code].every((letter) => LETTERS.includes(letter)) ? code : undefined
}
