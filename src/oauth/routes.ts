import { documentAnswer } from './answer.js'
import type { Context } from './context.js'
import { resourceMetadata, serverMetadata } from './endpoints/metadata.js'
import { type EndpointRow, servedEndpoints } from './endpoints/table.js'

/** What answers at a path. */
export interface Route extends EndpointRow {
  /** For the host's logs. */
  readonly name: string
}

/** Seconds for which metadata may be kept. */
const KEPT = 300

/** What the server answers, by path, made once. */
export const routesOf = (context: Context): ReadonlyMap<string, Route> =>
  new Map([
    ...servedEndpoints(context).map(([name, row]): [string, Route] => [context.paths[name], { name, ...row }]),
    ...metadataRoutes(context),
    ...resourceRoutes(context),
  ])

/**
 * Both documents say the same, each with the well-known path before the issuer's own path (RFC 8414 section 3.1) and after it (OpenID
 * Connect Discovery section 4).
 */
function metadataRoutes(context: Context): [string, Route][] {
  const { path } = context.place
  return ['oauth-authorization-server', 'openid-configuration'].flatMap((name) => {
    const route = documentRoute(name, () => serverMetadata(context))
    return [`/.well-known/${name}${path}`, `${path}/.well-known/${name}`].map((at): [string, Route] => [at, route])
  })
}

/** Of the resources on the issuer's origin; those on others publish their own. */
function resourceRoutes(context: Context): [string, Route][] {
  const name = 'oauth-protected-resource'
  return [...context.resources.keys()].flatMap((id) => {
    const { origin, pathname, search } = new URL(id)
    if (origin !== context.place.origin || search !== '') return []
    const path = pathname === '/' ? '' : pathname
    return [[`/.well-known/${name}${path}`, documentRoute(name, () => resourceMetadata(context, id))]]
  })
}

const documentRoute = (name: string, document: () => unknown): Route => ({
  name,
  methods: { GET: async () => documentAnswer(document(), KEPT) },
  cors: true,
})
