import type { Answer, PlainRequest } from '../core/plain.js'
import { errorAnswer, sealed } from './answer.js'
import type { Context } from './context.js'
import { isPreflight, preflightAnswer } from './cors.js'
import type { Peer } from './endpoints/table.js'
import { Refusal } from './refusal.js'
import { inPlaceOf, refusalOf, report } from './report.js'
import type { Route } from './routes.js'

/** Answers what is the server's own; `undefined` for anything else. What a request says of its host does not count. Never rejects. */
export async function handle(
  context: Context,
  routes: ReadonlyMap<string, Route>,
  request: PlainRequest,
  from: Peer,
): Promise<Answer | undefined> {
  const route = routes.get(request.path)
  if (route === undefined) return undefined
  const answered = await answer(context, route, request, from).catch((error: unknown) => refuse(context, route, error))
  return inPlaceOf(context, answered, sealed(answered, route.cors, request.method === 'HEAD'))
}

function refuse(context: Context, { name }: Route, error: unknown): Answer {
  const refusal = refusalOf(error)
  const refused = errorAnswer(refusal)
  report(context, name, refusal, refused)
  return refused
}

async function answer(context: Context, { methods, cors }: Route, request: PlainRequest, from: Peer): Promise<Answer> {
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
