import { engine } from '#engine'
import { base62Of } from './base62.js'

/**
 * Base62 text that whoever has `input` and `salt` derives again (HKDF-SHA-256, RFC 5869), and nobody else; `info` says what for. A byte
 * makes a character with a probability of 62/64: four times as many as are needed always suffice.
 */
export function derivedBase62(input: string, salt: string, info: string, length: number): string {
  const text = base62Of(engine.hkdfSha256(input, salt, info, length * 4), length)
  if (text === undefined) throw new RangeError('nothing could be derived')
  return text
}
