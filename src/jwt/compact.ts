import { es256 } from '#es256'
import type { JsonObject } from '../core/json.js'
import { parseJsonObject } from '../core/parse-json.js'
import { type JwtRefusal, MOST_CHARACTERS } from './types.js'

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

/** What a header segment turned out to be. */
type ReadHeader = (segment: string) => JsonObject | JwtRefusal

const MOST_REMEMBERED = 16

/**
 * Reads headers by a rule. All tokens of one key begin with the same header, character by character: what the last few were is
 * remembered, and so little that nobody can make it grow.
 */
export function headerReader(judge: HeaderRule): ReadHeader {
  const remembered = new Map<string, JsonObject | JwtRefusal>()
  return (segment) => {
    const known = remembered.get(segment)
    if (known !== undefined) return known
    const bytes = es256.decode(segment)
    const header = bytes && parseJsonObject(bytes)
    const outcome = header === undefined ? 'malformed' : (judge(header) ?? header)
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(segment, outcome)
    return outcome
  }
}

/** Where the three segments of a text are divided. */
function dotsOf(text: string): readonly [first: number, second: number] | undefined {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  return first < 1 || second < 0 || text.includes('.', second + 1) ? undefined : [first, second]
}

/** Says why a text is refused for its header, with no look at the rest of one that begins as the last one did that was not. */
export function glancer(readHeader: ReadHeader): (text: string) => JwtRefusal | undefined {
  let usual: string | undefined
  return (text) => {
    if (usual !== undefined && text.startsWith(usual)) return undefined
    const dots = dotsOf(text)
    if (dots === undefined) return 'malformed'
    const header = readHeader(text.slice(0, dots[0]))
    if (typeof header === 'string') return header
    usual = text.slice(0, dots[0] + 1)
    return undefined
  }
}

/**
 * Parses a compact JWS without allowing for anything: at most 8,192 characters, three segments, each of canonical base64url and none
 * empty, and a header that is a JSON object and passes the rule, before the rest is looked at. `jose` takes white space, padding and
 * unused bits on some runtimes, and so one token in many spellings.
 */
export function parseCompact(text: unknown, readHeader: ReadHeader): CompactJws | JwtRefusal {
  if (typeof text !== 'string') return 'malformed'
  if (text.length > MOST_CHARACTERS) return 'too_long'
  const dots = dotsOf(text)
  if (dots === undefined) return 'malformed'
  const [first, second] = dots

  const header = readHeader(text.slice(0, first))
  if (typeof header === 'string') return header

  const payload = es256.decode(text.slice(first + 1, second))
  const signature = es256.decode(text.slice(second + 1))
  if (!payload?.length || !signature?.length) return 'malformed'
  return { header, payload, signature, signedBytes: () => es256.bytes(text.slice(0, second)) }
}
