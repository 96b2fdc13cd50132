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
    const value: unknown = JSON.parse(text)
    // Half a surrogate pair is no UTF-8: it can only have been written as an escape.
    const isEscaped = text.includes('\\u')
    return harden(value, { isEscaped, proto }, DEEPEST) === membersNamed(text) ? (value as Json) : undefined
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

/** Takes from what `JSON.parse` made all that is not in its text, and counts its members. Throws for what none is to rely on. */
function harden(value: unknown, how: Hardening, levels: number): number {
  const { isEscaped } = how
  if (typeof value === 'string') return isEscaped ? demandWellFormed(value) : 0
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('a number is too large')
  if (typeof value !== 'object' || value === null) return 0
  if (levels === 0) throw new RangeError('a value is too deep')
  let members = 0
  if (Array.isArray(value)) for (const item of value) members += harden(item, how, levels - 1)
  else members = hardenMembers(value, how, levels - 1)
  Object.freeze(value)
  return members
}

function hardenMembers(value: object, how: Hardening, levels: number): number {
  let members = 0
  for (const name of Object.keys(value)) {
    if (how.isEscaped) demandWellFormed(name)
    members += 1 + harden((value as Members)[name], how, levels)
    if (name !== '__proto__') continue
    if (how.proto === 'refuse') throw new TypeError('a member would become the prototype of a copy')
    Reflect.deleteProperty(value, name)
  }
  Object.setPrototypeOf(value, null)
  return members
}

interface Hardening {
  readonly isEscaped: boolean
  readonly proto: 'refuse' | 'drop'
}

type Members = Readonly<Record<string, unknown>>

function demandWellFormed(text: string): 0 {
  if (!text.isWellFormed()) throw new TypeError('a text is not well-formed')
  return 0
}
