/** A URI of http or https in the characters of RFC 3986, or those that URLs of browsers keep as they are. No user information. */
const FORM =
  /^https?:\/\/(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?(?:\/(?:[!"$&-;=@-[\]-~<>]|%[0-9a-f]{2})*)?(?:[?#][!-~]*)?$/i
const LONGEST = 2048
const UNRESERVED = /^[A-Za-z0-9._~-]$/

/**
 * What a proof is for: a URL without query and fragment, in the one spelling that RFC 3986 sections 6.2.2 and 6.2.3 lead to (case of
 * scheme, host and escapes, `~` for `%7E`, dot segments, default ports, the empty path). `undefined` for what is no such URL.
 */
export function normalizeUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST || !FORM.test(value) || !URL.canParse(value)) return undefined
  const { origin, pathname } = new URL(value)
  return origin + pathname.replace(/%[0-9a-f]{2}|["<>[\]^`{|}]/gi, normalizeOctet)
}

function normalizeOctet(text: string): string {
  const code = text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text.slice(1), 16)
  const character = String.fromCharCode(code)
  return UNRESERVED.test(character) ? character : `%${code.toString(16).toUpperCase()}`
}
