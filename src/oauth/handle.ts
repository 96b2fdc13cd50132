import { errorAnswer, jsonAnswer } from './answer.js'
import type { Context } from './context.js'
import { serverMetadata } from './endpoints/metadata.js'
import { ENDPOINTS, type EndpointRow, type Peer } from './endpoints/table.js'
import type { Paths } from './paths.js'
import { Refusal } from './refusal.js'
import { refusalOf, report } from './report.js'

/** What may be asked for at a path. */
interface Route extends EndpointRow {
  readonly name: string
}

/** The routes by path, made once. */
export function routesOf(context: Context): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>()
  for (const [name, row] of Object.entries(ENDPOINTS)) {
    if (row.isOffered?.(context) !== false) routes.set(context.paths[name as keyof Paths], { name, ...row })
  }
  const metadata = async () => jsonAnswer(200, serverMetadata(context), { 'cache-control': 'public, max-age=300' })
  const { path } = context.place
  for (const well of ['oauth-authorization-server', 'openid-configuration']) {
    const row: Route = { name: well, methods: { GET: metadata }, cors: true }
    routes.set(`/.well-known/${well}${path}`, row)
    routes.set(`${path}/.well-known/${well}`, row)
  }
  return routes
}

/** Answers what is the server's own; `undefined` for anything else. Never rejects. */
export async function handle(
  context: Context,
  routes: ReadonlyMap<string, Route>,
  request: Request,
  from: Peer,
): Promise<Response | undefined> {
  const route = routes.get(new URL(request.url).pathname)
  if (route === undefined) return undefined
  try {
    const endpoint = Object.hasOwn(route.methods, request.method) ? route.methods[request.method] : undefined
    if (endpoint === undefined) {
      throw new Refusal('method_not_allowed', {
        status: 405,
        headers: { allow: Object.keys(route.methods).join(', ') },
      })
    }
    return await endpoint(context, request, from)
  } catch (error) {
    const refusal = refusalOf(error)
    report(context, route.name, refusal)
    return errorAnswer(refusal)
  }
}
