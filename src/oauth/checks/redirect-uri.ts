/** What an answer adds to the query of a redirect URI (OAuth 2.1 section 4.1.2, RFC 9207). */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description'] as const
export type ResponseParameter = (typeof RESPONSE_PARAMETERS)[number]

/** Whether the query of a URI has one of them itself: a client that reads the first of two would take it for the server's (RFC 9207). */
export function hasResponseParameter(uri: string): boolean {
  const { searchParams } = new URL(uri)
  return RESPONSE_PARAMETERS.some((name) => searchParams.has(name))
}

/**
 * A redirect URI has to be a registered one, character by character: an address is no comparison (RFC 9700 section 4.1.3). For loopback
 * addresses of native clients the port alone may be another one (RFC 8252 section 7.3), and so for `localhost`, which agents register
 * without a port. No spelling of loopback stands for another.
 */
export function isRegistered(uri: string, registered: readonly string[], type: 'web' | 'native'): boolean {
  if (registered.includes(uri)) return true
  if (type !== 'native') return false
  const asked = withoutPort(uri)
  return asked !== undefined && registered.some((known) => withoutPort(known) === asked)
}

/** The digits of a port of a loopback address, cut out of the text: nothing else of it is touched. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::(\d{1,5}))?((?:\/|\?|$).*)$/s

function withoutPort(uri: string): string | undefined {
  const [, host, port, rest] = LOOPBACK.exec(uri) ?? []
  if (host === undefined || rest === undefined) return undefined
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) return undefined
  return host + rest
}

/** Whether a redirect URI leads to the machine of whoever opens it. */
export const isLoopbackUri = (uri: string): boolean =>
  /^https?:\/\/(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost)(:\d{1,5})?(\/|\?|$)/i.test(uri)

/** Where an answer goes, for a person to read: the host, or the scheme of a native client. */
export function hostOf(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  return url === undefined || url.host === '' ? `${uri.split(':', 1)[0]}:` : url.host
}
