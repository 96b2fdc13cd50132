import { fromUtf8 } from './bytes.js'
import type { Json, JsonObject } from './json.js'

const DEEPEST = 16
const [QUOTE, COLON, BACKSLASH] = [0x22, 0x3a, 0x5c]

/**
 * What the bytes of a JSON text (RFC 8259) say, frozen, or `undefined` for a text that two readers could take for different things:
 * one that is not UTF-8 or begins with a byte order mark, that names a member twice in whatever spelling, or has a number beyond what
 * a double holds, half a surrogate pair, a member called `__proto__`, or more than 16 levels. Objects have no prototype, so they have
 * no member that the text does not name. Takes time and space linear in the length, which the caller bounds.
 */
export function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    const text = fromUtf8(bytes)
    const reader = new Reader()
    const value = reader.read(JSON.parse(text), DEEPEST)
    return reader.members === membersNamed(text) ? value : undefined
  } catch {
    return undefined
  }
}

/** The same for a text that has to be an object. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  const value = parseJson(bytes)
  return isJsonObject(value) ? value : undefined
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How many members a well-formed text names: its colons outside of strings. Of twins, an object keeps one only. */
function membersNamed(text: string): number {
  let named = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === QUOTE) quoted = !quoted
    else if (quoted && unit === BACKSLASH) i++
    else if (!quoted && unit === COLON) named++
  }
  return named
}

/** Copies what `JSON.parse` made, and counts the members that it kept. */
class Reader {
  members = 0

  read(value: unknown, levels: number): Json {
    if (typeof value === 'string') return wellFormed(value)
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('a number is too large')
    if (typeof value !== 'object' || value === null) return value as Json
    if (levels === 0) throw new RangeError('a value is too deep')
    if (Array.isArray(value)) return Object.freeze(value.map((item) => this.read(item, levels - 1)))
    const copy: Record<string, Json> = Object.create(null)
    for (const [name, item] of Object.entries(value)) {
      if (name === '__proto__') throw new TypeError('a member would become the prototype of a copy')
      copy[wellFormed(name)] = this.read(item, levels - 1)
      this.members++
    }
    return Object.freeze(copy)
  }
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a text is not well-formed')
  return text
}
