import type { Endpoint, Facts } from './endpoint.js'
import { groupBy } from './group.js'
import { Id } from './schemas.js'

/** Where a request leads: to an endpoint with the ids in its path, to a path without the method, to nothing, or elsewhere. */
export type Route =
  | { readonly kind: 'found'; readonly endpoint: Endpoint; readonly ids: readonly string[] }
  | { readonly kind: 'method_not_allowed'; readonly allow: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'foreign' }

export type Router = (method: string, pathname: string) => Route

interface Place {
  readonly segments: readonly string[]
  readonly methods: ReadonlyMap<string, Endpoint>
  readonly allow: string
}

/**
 * Makes the router of a table. Paths compare as they came, byte for byte: no other case, no empty segment, no slash at the end,
 * nothing decoded. What begins with the first segment of an endpoint is this API's own; all else is foreign.
 */
export function createRouter(endpoints: readonly Endpoint[], basePath: string): Router {
  const places = [...groupBy(endpoints, ({ path }) => path)].map(placeOf)
  const own = new Set(places.map(({ segments }) => segments[0]))

  return (method, pathname) => {
    if (!pathname.startsWith(`${basePath}/`)) return { kind: 'foreign' }
    const actual = pathname.slice(basePath.length + 1).split('/')
    if (!own.has(actual[0])) return { kind: 'foreign' }
    const place = places.find(({ segments }) => matches(segments, actual))
    if (place === undefined) return { kind: 'not_found' }
    const endpoint = place.methods.get(method === 'HEAD' ? 'GET' : method)
    if (endpoint === undefined) return { kind: 'method_not_allowed', allow: place.allow }
    return { kind: 'found', endpoint, ids: actual.filter((_, i) => isVariable(place.segments[i])) }
  }
}

function placeOf([path, endpoints]: [string, readonly Endpoint[]]): Place {
  const methods = new Map(endpoints.map((endpoint) => [endpoint.method as string, endpoint]))
  const allow = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return { segments: path.slice(1).split('/'), methods, allow: allow.join(', ') }
}

const isVariable = (segment: string | undefined): boolean => segment?.startsWith('{') ?? false

const matches = (segments: readonly string[], actual: readonly string[]): boolean =>
  segments.length === actual.length &&
  segments.every((segment, i) => (isVariable(segment) ? Id.safeParse(actual[i]).success : segment === actual[i]))

/** The names of the variables in a path, in their order. */
export const variablesOf = ({ path }: Facts): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
