import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'

/** Where the endpoints are, each a path from the root of the issuer's origin. */
export interface Paths {
  readonly authorize: string
  readonly token: string
  readonly par: string
  readonly device: string
  /** The host's page on which a user enters the code that a device shows. */
  readonly verify: string
  readonly register: string
  readonly introspect: string
  readonly revoke: string
  readonly userinfo: string
  readonly jwks: string
  /** The revocation feed, for resource servers. */
  readonly revocations: string
}

export const PATHS: Paths = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  par: '/oauth/par',
  device: '/oauth/device',
  verify: '/device',
  register: '/oauth/register',
  introspect: '/oauth/introspect',
  revoke: '/oauth/revoke',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  revocations: '/oauth/revocations',
}

const OPTIONS = optionsOf<Partial<Paths>>('paths', PATHS)

const PATH = /^(\/[A-Za-z0-9._~-]+)+$/

/** The issuer taken apart: its origin, and its path without a slash at the end. */
export interface Place {
  readonly issuer: string
  readonly origin: string
  readonly path: string
}

/** RFC 8414 section 2: an https address without query and fragment. `http:` is for loopback alone. Throws `invalid_option`. */
export function placeOf(issuer: string): Place {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined
  const isLoopback = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)
  if (url === undefined || !isAllowed || url.search + url.hash + url.username + url.password !== '') {
    throw new TokenloopError('invalid_option', '`issuer` is an https address, without query and fragment')
  }
  const path = url.pathname.replace(/\/$/, '')
  if (`${url.origin}${path}` !== issuer.replace(/\/$/, '')) {
    throw new TokenloopError(
      'invalid_option',
      '`issuer` must be written as it is compared: without port 443, in lower case',
    )
  }
  return { issuer, origin: url.origin, path }
}

/** The paths, read once. Those that are not given lie below the issuer's own. Throws `invalid_option`. */
export function pathsOf(place: Place, given: Partial<Paths> = {}): Paths {
  OPTIONS.check(given)
  const paths = Object.fromEntries(
    Object.entries(PATHS).map(([name, path]) => [name, given[name as keyof Paths] ?? place.path + path]),
  ) as Record<keyof Paths, string>
  const all = Object.values(paths)
  if (!all.every((path) => PATH.test(path)) || new Set(all).size !== all.length) {
    throw new TokenloopError('invalid_option', '`paths` are paths such as /oauth/token, each another one')
  }
  return paths
}
