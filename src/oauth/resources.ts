import type { Catalogue } from '../core/catalogue.js'
import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'

/** An API that access tokens are issued for. */
export interface ResourceOptions<Scope extends string = string> {
  /** Its identifier (RFC 8707), character by character as it is compared: an absolute URI without a fragment. */
  readonly id: string
  /** The scopes that it knows; all of the catalogue by default. */
  readonly scopes?: readonly Scope[]
  /**
   * What a request that names no scope gets; all that it knows by default. A client that acts for itself gets all of it that the client is
   * registered for.
   */
  readonly defaultScopes?: readonly Scope[]
  /** Whether its access tokens are ES256 JWTs (RFC 9068), which is the default, or opaque. What a client sends has no say in it. */
  readonly format?: 'jwt' | 'opaque'
  /** The ids of the clients that are this API: they may introspect its access tokens, and follow the revocation feed. */
  readonly servers?: readonly string[]
}

export interface Resource {
  readonly id: string
  readonly scopes: readonly string[]
  readonly defaultScopes: readonly string[]
  readonly format: 'jwt' | 'opaque'
  readonly servers: readonly string[]
}

const OPTIONS = optionsOf<ResourceOptions>('a resource', {
  id: true,
  scopes: true,
  defaultScopes: true,
  format: true,
  servers: true,
})

/** The resources by their identifiers; the first is the default. Throws `invalid_option`. */
export function resourcesOf(catalogue: Catalogue, given: readonly ResourceOptions[]): ReadonlyMap<string, Resource> {
  if (!Array.isArray(given) || given.length === 0) throw invalid('`resources` needs at least one')
  const resources = new Map<string, Resource>()
  for (const resource of given) {
    OPTIONS.check(resource)
    const { id, scopes = catalogue.names, defaultScopes = scopes, format = 'jwt', servers = [] } = resource
    if (!isResourceId(id) || resources.has(id))
      throw invalid('a resource has an absolute URI of its own, without fragment')
    const isKnown = [...scopes, ...defaultScopes].every((scope: string) => catalogue.names.includes(scope))
    if (!isKnown || !defaultScopes.every((scope: string) => scopes.includes(scope))) {
      throw invalid('the scopes of a resource are of the catalogue, and its default ones are among them')
    }
    if (format !== 'jwt' && format !== 'opaque') throw invalid("the format of a resource is 'jwt' or 'opaque'")
    if (!Array.isArray(servers) || !servers.every((server) => typeof server === 'string')) {
      throw invalid('the servers of a resource are ids of clients')
    }
    const copies = { scopes: [...scopes], defaultScopes: [...defaultScopes], servers: [...servers] }
    resources.set(id, Object.freeze({ id, format, ...copies }))
  }
  return resources
}

const LONGEST = 500

/** Whether a text has the form that RFC 8707 section 2 demands. */
export function isResourceId(id: unknown): id is string {
  if (typeof id !== 'string' || id.length > LONGEST || !/^[\x21-\x7e]+$/.test(id) || id.includes('#')) return false
  return (
    /^[a-z][a-z0-9+.-]*:./i.test(id) &&
    URL.canParse(id) &&
    !/^(javascript|data|vbscript|blob|file):/i.test(id) &&
    !hasUser(id)
  )
}

function hasUser(id: string): boolean {
  const { username, password } = new URL(id)
  return username + password !== ''
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
