import { fitsInto } from './bytes.js'
import { TokenloopError } from './errors.js'

/** Whatever JSON says (RFC 8259). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json
}

const DEEPEST = 5
const MOST_BYTES = 4096

/**
 * A frozen copy of a host's metadata: plain JSON, at most five levels deep and 4,096 bytes. Throws `invalid_input` for
 * anything else, `__proto__` and characters that a database could not keep included.
 */
export function checkMetadata(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('must be an object')
  const copy = copyJson(value, DEEPEST, invalid) as JsonObject
  if (!fitsInto(MOST_BYTES, JSON.stringify(copy))) throw invalid(`must have at most ${MOST_BYTES} bytes`)
  return copy
}

/**
 * A frozen copy of plain JSON, at most so many levels deep. Throws what `refuse` makes of the reason for anything else: numbers that
 * are none, dates, `undefined`, circles, `__proto__`.
 */
export function copyJson(value: unknown, levels: number, refuse: (why: string) => Error): Json {
  const string = (text: string) => {
    if (!text.isWellFormed() || text.includes('\0')) throw refuse('must not have characters that cannot be stored')
    return text
  }
  const copy = (value: unknown, left: number): Json => {
    if (typeof value === 'string') return string(value)
    if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return value
    if (left === 0) throw refuse(`must be at most ${levels} levels deep`)
    if (Array.isArray(value)) return Object.freeze(Array.from(value, (item) => copy(item, left - 1)))
    if (!isPlainObject(value)) throw refuse('must be plain JSON')
    const members: Record<string, Json> = {}
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw refuse('must not name __proto__')
      members[string(key)] = copy(value[key], left - 1)
    }
    return Object.freeze(members)
  }
  return copy(value, levels)
}

/** An object literal or what `JSON.parse` makes, of any realm; not a date, a map or an instance of a class. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const invalid = (why: string) => new TokenloopError('invalid_input', `metadata ${why}`)

/** Whether two values say the same, in whatever order their members come: a database may keep them in its own. */
export function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const members: readonly [string, Json][] = Object.entries(a)
  return (
    Array.isArray(a) === Array.isArray(b) &&
    members.length === Object.keys(b).length &&
    members.every(([name, item]) => Object.hasOwn(b, name) && sameJson(item, (b as JsonObject)[name] as Json))
  )
}
