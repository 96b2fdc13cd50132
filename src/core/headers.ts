/** What an `Authorization` header holds. */
export type Authorization =
  | { readonly kind: 'credentials'; readonly scheme: string; readonly credentials: string }
  /** Not a header that a client may send: `invalid_request` (RFC 6750 section 3.1). */
  | { readonly kind: 'malformed' }

const LONGEST = 8192

/** One scheme, spaces only, one credential without white space: RFC 9110 section 11.6.2, as narrow as RFC 6750 needs. */
const FORM = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+) +([\x21-\x2b\x2d-\x7e]+)$/

/**
 * Parses the value of an `Authorization` header. Two lines, joined by the host with a comma, are malformed, as are tabs,
 * characters beyond ASCII, a scheme alone, and more than 8 KiB. The scheme comes back in lower case.
 */
export function parseAuthorization(value: unknown): Authorization {
  const fits = typeof value === 'string' && value.length <= LONGEST
  const [, scheme, credentials] = (fits && FORM.exec(value)) || []
  if (scheme === undefined || credentials === undefined) return { kind: 'malformed' }
  return { kind: 'credentials', scheme: scheme.toLowerCase(), credentials }
}
