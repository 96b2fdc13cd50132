import { engine } from '#engine'
import { base62Of } from './base62.js'

/** Bytes that take one step to derive. */
const BLOCK = 32

/**
 * Base62 text that whoever has `input` and `salt` derives again (HKDF-SHA-256, RFC 5869), and nobody else; `info` says what for. A byte
 * makes a character with a probability of 62/64: the whole blocks that hold as many mostly do, and four times as many always. What is
 * derived of fewer bytes is what more begin with.
 */
export function derivedBase62(input: string, salt: string, info: string, length: number): string {
  for (const bytes of [Math.ceil((length + 1) / BLOCK) * BLOCK, length * 4]) {
    const text = base62Of(engine.hkdfSha256(input, salt, info, bytes), length)
    if (text !== undefined) return text
  }
  throw new RangeError('nothing could be derived')
}
