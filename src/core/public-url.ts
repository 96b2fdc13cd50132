const LONGEST = 2048
/** What RFC 3986 has characters for, and a percent sign only before an octet. */
const CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
/** A name in the DNS with at least two labels, the last of which is no number: an address is none, however it is written. */
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
/** Top-level names that never leave a network (RFC 6761, 6762, 8375, 9476), and what networks call their own. */
const LOCAL = /\.(?:localhost|local|internal|invalid|onion|alt|home\.arpa)$/

/** Whether a text has the characters of an address (RFC 3986 section 2), and is no longer than one may be. */
export const isUrlText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST && CHARACTERS.test(value)

/** Whether a host is called by a name that can be one of the public internet. What it leads to, only who resolves it can tell. */
const isPublicName = (host: string): boolean => host.length <= 253 && NAME.test(host) && !LOCAL.test(host)

/**
 * An address on the public web: `https:`, a host by its name, no user and no fragment. `undefined` for any other. It is read as programs
 * read it, so that a host in disguise (decimal, octal, full-width, with a dot at its end) is what it leads to.
 */
export function publicUrl(value: unknown): URL | undefined {
  if (!isUrlText(value) || !value.startsWith('https://') || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const isBare = url.username + url.password === '' && !/^https:\/\/[^/?#]*@/.test(value) && !value.includes('#')
  return isBare && isPublicName(url.hostname) ? url : undefined
}
