import { errorAnswer, sealed } from './answer.js'
import type { Context } from './context.js'
import { isPreflight, preflightAnswer, SHARED } from './cors.js'
import type { Peer } from './endpoints/table.js'
import { Refusal } from './refusal.js'
import { refusalOf, report } from './report.js'
import type { Route } from './routes.js'

/** Answers what is the server's own; `undefined` for anything else. What a request says of its host does not count. Never rejects. */
export async function handle(
  context: Context,
  routes: ReadonlyMap<string, Route>,
  request: Request,
  from: Peer,
): Promise<Response | undefined> {
  const route = routes.get(new URL(request.url).pathname)
  if (route === undefined) return undefined
  const finish = (response: Response) => sealed(response, route.cors ? SHARED : {}, request.method === 'HEAD')
  try {
    return finish(await answer(context, route, request, from))
  } catch (error) {
    const refusal = refusalOf(error)
    const response = finish(errorAnswer(refusal))
    report(context, route.name, refusal, response)
    return response
  }
}

async function answer(context: Context, { methods, cors }: Route, request: Request, from: Peer): Promise<Response> {
  if (cors && isPreflight(request)) return preflightAnswer(Object.keys(methods))
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (endpoint === undefined) throw notAllowed(methods)
  return endpoint(context, request, from)
}

const notAllowed = (methods: Route['methods']) => {
  const allowed = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return new Refusal('method_not_allowed', { status: 405, headers: { allow: allowed.join(', ') } })
}
