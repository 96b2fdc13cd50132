import { isUrlText } from '../../../core/public-url.js'
import { hasResponseParameter } from '../../checks/redirect-uri.js'

const MOST = 50

/** RFC 8252 section 7.3; `localhost` too, which many register. */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::[1-9]\d{0,4})?(?:[/?]|$)/
/** RFC 8252 section 7.1: a name in reverse, which somebody owns, and no authority. */
const PRIVATE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/(?!\/)/

/** How a redirect URI leads back to its client. */
export type RedirectKind = 'web' | 'loopback' | 'private'

/**
 * Of which kind a redirect URI is; `undefined` for one that nobody may register: what runs in the browser (`javascript:`, `data:`), what
 * no one client owns, what has a user, a fragment, a dot segment or a parameter that answers have, or is not written as a browser would write it.
 */
export function redirectKind(uri: unknown): RedirectKind | undefined {
  if (!isUrlText(uri) || uri.includes('#') || !URL.canParse(uri) || hasResponseParameter(uri)) return undefined
  if (PRIVATE.test(uri)) return 'private'
  const url = new URL(uri)
  const hasUser = url.username + url.password !== ''
  if (hasUser || !isPlain(uri, url)) return undefined
  if (url.protocol === 'https:') return 'web'
  return LOOPBACK.test(uri) ? 'loopback' : undefined
}

/** Whether the text is the address itself: an empty path alone may be left out. */
const isPlain = (uri: string, { href, origin }: URL): boolean =>
  href === uri ||
  (href.startsWith(`${origin}/`) &&
    href.slice(origin.length + 1) === uri.slice(origin.length) &&
    uri.startsWith(origin))

/** The redirect URIs of a client, each once; `undefined` where one of them is not to be registered, or there are too many. */
export function redirectUris(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MOST) return undefined
  return value.every((uri) => redirectKind(uri) !== undefined) ? [...new Set<string>(value)] : undefined
}
