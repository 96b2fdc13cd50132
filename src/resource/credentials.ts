import { parseAuthorization } from '../core/headers.js'
import type { Carrier } from './accept.js'

/** What a guard reads of a request: a `Request` of the fetch API is one. Header lines of one name come joined by a comma. */
export interface GuardRequest {
  readonly headers: { get(name: string): string | null | undefined }
  /** Only called for a form, which may carry an `access_token`. */
  clone?(): { readonly body: ReadableStream<Uint8Array> | null }
}

/** What a request carries. */
export type Carried =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly text: string; readonly carriers: readonly Carrier[] }
  /** More than one credential, or a header that no client may send: `invalid_request`. */
  | { readonly kind: 'malformed' }

/** Whether an `Authorization` field speaks of Bearer at all; other schemes are none of ours (RFC 9110 section 11.6.2). */
const SPEAKS_OF_BEARER = /(?:^|,)[ \t]*bearer(?![!#$%&'*+.^_`|~\w-])/i
/** One credential of printable ASCII, no longer than `Authorization` may be. A comma is a second line of the same header. */
const ONE_CREDENTIAL = /^[\x21-\x2b\x2d-\x7e]{1,8192}$/

/**
 * Finds the credential of a request in the places that are read. The same credential in two places counts as one; two
 * different ones are refused (RFC 6750 section 2).
 */
export function findCredential({ headers }: GuardRequest, places: readonly Carrier[]): Carried {
  let one: Extract<Carried, { kind: 'one' }> | undefined
  for (const place of places) {
    const text = textIn(headers.get(place === 'bearer' ? 'authorization' : place), place)
    if (text === undefined) continue
    if (text === MALFORMED || (one !== undefined && one.text !== text)) return { kind: 'malformed' }
    one = { kind: 'one', text, carriers: [...(one?.carriers ?? []), place] }
  }
  return one ?? { kind: 'none' }
}

/** Stands for a field that no client may send. */
const MALFORMED = Symbol('malformed')

function textIn(value: unknown, place: Carrier): string | undefined | typeof MALFORMED {
  if (value === null || value === undefined || value === '') return undefined
  // A host that hands over a list of lines hands over more than one.
  if (typeof value !== 'string') return MALFORMED
  if (place !== 'bearer') return ONE_CREDENTIAL.test(value) ? value : MALFORMED
  if (!SPEAKS_OF_BEARER.test(value)) return undefined
  const parsed = parseAuthorization(value)
  return parsed.kind === 'credentials' && parsed.scheme === 'bearer' ? parsed.credentials : MALFORMED
}
