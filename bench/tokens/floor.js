import { hash, randomFillSync } from 'node:crypto'

/*
 * The least that the work can cost: the bare primitives in a row, without a store, a record that says anything, or a single
 * check that is not the point. Nothing here is fit for use.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const PREFIX = 'sl_'
const LOCATOR = 11
const VERIFIER = 27
const CHECKSUM = 6
const LENGTH = PREFIX.length + LOCATOR + VERIFIER + CHECKSUM

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

function crc(text, length) {
  let rest = 0xffffffff
  for (let i = 0; i < length; i++) rest = TABLE[(rest ^ text.charCodeAt(i)) & 0xff] ^ (rest >>> 8)
  return (rest ^ 0xffffffff) >>> 0
}

function digits(value) {
  let text = ''
  for (let rest = value, i = 0; i < CHECKSUM; i++, rest = Math.floor(rest / 62)) text = DIGITS[rest % 62] + text
  return text
}

const VALUES = new Uint8Array(128)
for (const [value, digit] of [...DIGITS].entries()) VALUES[digit.charCodeAt(0)] = value

/** The number that the last digits of a text stand for. */
function numberOf(text, start) {
  let value = 0
  for (let i = start; i < text.length; i++) value = value * 62 + VALUES[text.charCodeAt(i)]
  return value
}

const pool = Buffer.alloc(8192)
let used = pool.length

function random(length) {
  let text = ''
  while (text.length < length) {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    text += DIGITS[pool[used++] & 63] ?? ''
  }
  return text
}

const isIntact = (text) => text.length === LENGTH && crc(text, LENGTH - CHECKSUM) === numberOf(text, LENGTH - CHECKSUM)

export function floor() {
  const tokens = new Map()
  return {
    async issue(name) {
      const id = PREFIX + random(LOCATOR)
      const body = id + random(VERIFIER)
      tokens.set(id, {
        name,
        hash: hash('sha256', body, 'base64url'),
        scopes: ['issues:read'],
        expiresAt: Date.now() + 86_400_000,
      })
      return body + digits(crc(body, body.length))
    },
    async verify(text, scope) {
      if (!isIntact(text)) return undefined
      const token = tokens.get(text.slice(0, PREFIX.length + LOCATOR))
      const digest = hash('sha256', text.slice(0, -CHECKSUM), 'base64url')
      if (token === undefined || token.hash !== digest || token.expiresAt <= Date.now()) return undefined
      return token.scopes.includes(scope) ? token : undefined
    },
  }
}
