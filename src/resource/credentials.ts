import { parseAuthorization } from '../core/headers.js'
import type { Carrier, GuardRequest } from './accept.js'

/** What a request carries. */
export type Carried =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly text: string; readonly carriers: readonly Carrier[] }
  /** More than one credential, or a header that no client may send: `invalid_request`. */
  | { readonly kind: 'malformed' }

/** Whether an `Authorization` field speaks of a scheme at all; others are none of ours (RFC 9110 section 11.6.2). */
const SCHEMES: { readonly [place: string]: RegExp } = {
  bearer: /(?:^|,)[ \t]*bearer(?![!#$%&'*+.^_`|~\w-])/i,
  dpop: /(?:^|,)[ \t]*dpop(?![!#$%&'*+.^_`|~\w-])/i,
}

/** Whether a place is a scheme of `Authorization`, and no header of its own. */
export const isScheme = (place: Carrier): boolean => Object.hasOwn(SCHEMES, place)
/** One credential of printable ASCII, no longer than `Authorization` may be. A comma is a second line of the same header. */
const ONE_CREDENTIAL = /^[\x21-\x2b\x2d-\x7e]{1,8192}$/

/**
 * Finds the credential of a request in the places that are read. The same credential in two places counts as one; two
 * different ones are refused (RFC 6750 section 2).
 */
export function findCredential({ headers }: GuardRequest, places: readonly Carrier[]): Carried {
  let one: Extract<Carried, { kind: 'one' }> | undefined
  for (const place of places) {
    const text = textIn(headers.get(isScheme(place) ? 'authorization' : place), place)
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
  const scheme = isScheme(place) ? SCHEMES[place] : undefined
  if (scheme === undefined) return ONE_CREDENTIAL.test(value) ? value : MALFORMED
  if (!scheme.test(value)) return undefined
  const parsed = parseAuthorization(value)
  return parsed.kind === 'credentials' && parsed.scheme === place ? parsed.credentials : MALFORMED
}
