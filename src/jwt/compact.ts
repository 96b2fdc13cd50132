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

/**
 * Parses a compact JWS without allowing for anything: at most 8,192 characters, three segments, each of canonical base64url and none
 * empty, and a header that is a JSON object and passes the rule, before the rest is looked at. `jose` takes white space, padding and
 * unused bits on some runtimes, and so one token in many spellings.
 */
export function parseCompact(text: unknown, judgeHeader: HeaderRule): CompactJws | JwtRefusal {
  if (typeof text !== 'string') return 'malformed'
  if (text.length > MOST_CHARACTERS) return 'too_long'
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second < 0 || text.includes('.', second + 1)) return 'malformed'

  const headerBytes = es256.decode(text.slice(0, first))
  const header = headerBytes && parseJsonObject(headerBytes)
  if (header === undefined) return 'malformed'
  const refusal = judgeHeader(header)
  if (refusal !== undefined) return refusal

  const payload = es256.decode(text.slice(first + 1, second))
  const signature = es256.decode(text.slice(second + 1))
  if (!payload?.length || !signature?.length) return 'malformed'
  return { header, payload, signature, signedBytes: () => es256.bytes(text.slice(0, second)) }
}
