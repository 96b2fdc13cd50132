import { fromUtf8 } from './bytes.js'
import type { Json, JsonObject } from './json.js'

const DEEPEST = 16
const [QUOTE, COLON, BACKSLASH] = [0x22, 0x3a, 0x5c]

/**
 * What the bytes of a JSON text (RFC 8259) say, frozen, or `undefined` for a text that two readers could take for different things:
 * one that is not UTF-8 or begins with a byte order mark, that names a member twice in whatever spelling, or has a number beyond what
 * a double holds, half a surrogate pair, a member called `__proto__`, or more than 16 levels. Objects have no prototype, so they have
 * no member that the text does not name. Takes time and space linear in the length, which the caller bounds.
 *
 * `drop` leaves members called `__proto__` out instead, for texts whose unknown members are to be ignored.
 */
export function parseJson(bytes: Uint8Array, proto: 'refuse' | 'drop' = 'refuse'): Json | undefined {
  try {
    const text = fromUtf8(bytes)
    // Half a surrogate pair is no UTF-8: it can only have been written as an escape.
    const reading = { isEscaped: text.includes('\\u'), proto, members: 0 }
    const value = hardened(JSON.parse(text), reading, DEEPEST)
    return reading.members === membersNamed(bytes) ? value : undefined
  } catch {
    return undefined
  }
}

/** The same for a text that has to be an object. */
export function parseJsonObject(bytes: Uint8Array, proto: 'refuse' | 'drop' = 'refuse'): JsonObject | undefined {
  const value = parseJson(bytes, proto)
  return isJsonObject(value) ? value : undefined
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How many members a well-formed text names: its colons outside of strings. Of twins, an object keeps one only. */
function membersNamed(bytes: Uint8Array): number {
  let named = 0
  let quoted = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) quoted = !quoted
    else if (quoted && byte === BACKSLASH) i++
    else if (!quoted && byte === COLON) named++
  }
  return named
}

interface Reading {
  readonly isEscaped: boolean
  readonly proto: 'refuse' | 'drop'
  /** As many were met so far. */
  members: number
}

/** What `JSON.parse` made, with nothing that is not in its text. Throws for what none is to rely on. */
function hardened(value: unknown, reading: Reading, levels: number): Json {
  if (typeof value === 'string') return reading.isEscaped ? wellFormed(value) : value
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('a number is too large')
  if (typeof value !== 'object' || value === null) return value as Json
  if (levels === 0) throw new RangeError('a value is too deep')
  if (Array.isArray(value)) return Object.freeze(value.map((item) => hardened(item, reading, levels - 1)))
  // A prototype that is taken away last would cost more, and leave objects of the same members without a shape in common.
  const members: Record<string, Json> = Object.setPrototypeOf({}, null)
  for (const name of Object.keys(value)) {
    reading.members++
    const member = hardened((value as Members)[name], reading, levels - 1)
    if (name !== '__proto__') members[reading.isEscaped ? wellFormed(name) : name] = member
    else if (reading.proto === 'refuse') throw new TypeError('a member would become the prototype of a copy')
  }
  return Object.freeze(members)
}

type Members = Readonly<Record<string, unknown>>

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a text is not well-formed')
  return text
}
