import { es256 } from '#es256'
import type { JsonObject } from '../core/json.js'
import { parseJsonObject } from '../core/parse-json.js'
import { type JwtRefusal, MOST_CHARACTERS } from './types.js'

/** A text whose header was approved of, and the rest of which is still to be read. */
export interface JwsText {
  readonly text: string
  readonly header: JsonObject
  /** Where its second segment begins. */
  readonly rest: number
}

/** A JWS in its compact form (RFC 7515 section 7.1): well-formed, with a header that was approved of, and proof of nothing yet. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: Uint8Array
  /** What the signature is over (RFC 7515 section 5.2 step 8). */
  signedBytes(): Uint8Array
  readonly signature: Uint8Array
}

/** Says why a header is refused, or nothing. */
export type HeaderRule = (header: JsonObject) => JwtRefusal | undefined

/** What a text is, or why it is refused, as far as its header says, and its dots. */
type ReadJws = (text: unknown) => JwsText | JwtRefusal

const MOST_REMEMBERED = 16

/**
 * Reads texts of at most 8,192 characters, in three segments, whose header passes a rule. All tokens of one key begin with the same
 * header, character by character: what the last few were is remembered, and so little that nobody can make it grow. Of a text that
 * has the header of the last one that was approved of, nothing else is looked at.
 */
export function jwsReader(judge: HeaderRule): ReadJws {
  const remembered = new Map<string, JsonObject | JwtRefusal>()
  const headerOf = (segment: string): JsonObject | JwtRefusal => {
    const known = remembered.get(segment)
    if (known !== undefined) return known
    const bytes = es256.decode(segment)
    const header = bytes && parseJsonObject(bytes)
    const outcome = header === undefined ? 'malformed' : (judge(header) ?? header)
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(segment, outcome)
    return outcome
  }

  let usual: { readonly segment: string; readonly header: JsonObject } | undefined
  return (text) => {
    if (typeof text !== 'string') return 'malformed'
    if (text.length > MOST_CHARACTERS) return 'too_long'
    const dot = text.indexOf('.')
    if (dot < 1) return 'malformed'
    const segment = text.slice(0, dot)
    if (segment !== usual?.segment) {
      if (secondDot(text, dot + 1) === undefined) return 'malformed'
      const header = headerOf(segment)
      if (typeof header === 'string') return header
      usual = { segment, header }
    }
    return { text, header: usual.header, rest: dot + 1 }
  }
}

/** The last dot of a text, and the only one from there on. */
function secondDot(text: string, from: number): number | undefined {
  const dot = text.indexOf('.', from)
  return dot < 0 || text.includes('.', dot + 1) ? undefined : dot
}

/**
 * Reads the rest without allowing for anything: each segment is canonical base64url, and not empty. `jose` takes white space, padding
 * and unused bits on some runtimes, and so one token in many spellings.
 */
export function openJws({ text, header, rest }: JwsText): CompactJws | 'malformed' {
  const dot = secondDot(text, rest)
  if (dot === undefined) return 'malformed'
  const payload = es256.decode(text.slice(rest, dot))
  const signature = es256.decode(text.slice(dot + 1))
  if (!payload?.length || !signature?.length) return 'malformed'
  return { header, payload, signature, signedBytes: () => es256.bytes(text.slice(0, dot)) }
}

/** Both: a header that passes the rule before the rest is looked at. */
export function parseCompact(text: unknown, read: ReadJws): CompactJws | JwtRefusal {
  const jws = read(text)
  return typeof jws === 'string' ? jws : openJws(jws)
}
