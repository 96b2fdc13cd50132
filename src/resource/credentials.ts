import { parseAuthorization } from '../core/headers.js'
import type { Carrier } from './accept.js'

/** What a guard reads of a request: a `Request` of the fetch API is one. Header lines of one name come joined by a comma. */
export interface GuardRequest {
  readonly method?: string
  readonly headers: { get(name: string): string | null }
  /** Only read for a form that may carry an `access_token`. */
  readonly bodyUsed?: boolean
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
/** One credential of printable ASCII. A comma is a second line of the same header. */
const ONE_CREDENTIAL = /^[\x21-\x2b\x2d-\x7e]+$/

/**
 * Finds the credential of a request in the places that are read. The same credential in two places counts as one; two
 * different ones are refused (RFC 6750 section 2).
 */
export function findCredential({ headers }: GuardRequest, places: readonly Carrier[]): Carried {
  const found = new Map<string, Carrier[]>()
  for (const place of places) {
    const text = place === 'bearer' ? fromAuthorization(headers.get('authorization')) : fromHeader(headers.get(place))
    if (text === MALFORMED) return { kind: 'malformed' }
    if (text !== undefined) found.set(text, [...(found.get(text) ?? []), place])
  }
  if (found.size > 1) return { kind: 'malformed' }
  for (const [text, carriers] of found) return { kind: 'one', text, carriers }
  return { kind: 'none' }
}

/** Stands for a field that no client may send. */
const MALFORMED = Symbol('malformed')

function fromAuthorization(value: string | null): string | undefined | typeof MALFORMED {
  if (value === null || !SPEAKS_OF_BEARER.test(value)) return undefined
  const parsed = parseAuthorization(value)
  return parsed.kind === 'credentials' && parsed.scheme === 'bearer' ? parsed.credentials : MALFORMED
}

function fromHeader(value: string | null): string | undefined | typeof MALFORMED {
  if (value === null || value === '') return undefined
  return ONE_CREDENTIAL.test(value) ? value : MALFORMED
}
