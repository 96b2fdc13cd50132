import type { PlainRequest } from '../../core/plain.js'
import type { Context } from '../context.js'
import { formOf, Parameters, queryOf } from '../parameters.js'
import { Refusal } from '../refusal.js'
import { type FoundPushed, findPushed, isPushedUri } from './pushed.js'

/** An authorization request as it came: what it says itself, or what was pushed before. */
export interface Arrived {
  readonly parameters: Parameters
  readonly pushed: FoundPushed | undefined
  /** When the user had signed in as the login page was shown for it, in milliseconds since 1970, or 0; `undefined` where it was not. */
  readonly resumed: number | undefined
  /** The address that leads to it again after a login at that moment. */
  readonly resumeAt: (seen: number) => string
}

/** What is added to the address that a login leads back to. */
const RESUMED = 'resumed'

/** Throws a `Refusal`, which must not be redirected. */
export async function arrive(context: Context, request: PlainRequest): Promise<Arrived> {
  const sent = await parametersOf(request)
  const resumed = sent.get(RESUMED)
  const own = resumed === undefined ? sent : sent.with({ [RESUMED]: undefined })
  const uri = own.get('request_uri')
  const seen = /^\d{1,15}$/.test(resumed ?? '') ? Number(resumed) : undefined
  const resumeAt = (address: Parameters) => (seen: number) =>
    `${context.paths.authorize}?${address.with({ [RESUMED]: `${seen}` })}`
  if (!isPushedUri(uri)) return { parameters: own, pushed: undefined, resumed: seen, resumeAt: resumeAt(own) }
  if (own.repeats('client_id') || own.repeats('request_uri')) throw new Refusal('parameter_repeated')
  const client = own.get('client_id')
  const pushed = await findPushed(context, uri, client)
  // What the address says besides does not count (RFC 9126 section 4).
  const address = new Parameters(new Map([['request_uri', [uri]]])).with({ client_id: client })
  return { parameters: pushed.parameters, pushed, resumed: seen, resumeAt: resumeAt(address) }
}

/** `GET` with a query, or `POST` with a form and nothing else in the query (OAuth 2.1 section 3.1). */
async function parametersOf(request: PlainRequest): Promise<Parameters> {
  // Not `HEAD`, which must have no effect (RFC 9110 section 9.2.1): a code is one.
  if (request.method === 'GET') return queryOf(request)
  if (request.method !== 'POST') throw new Refusal('method_not_allowed')
  const inQuery = queryOf(request)
  const parameters = await formOf(request)
  for (const name of inQuery.names) {
    const isSame = parameters.has(name) && parameters.get(name) === inQuery.get(name)
    if (!isSame || inQuery.repeats(name)) throw new Refusal('parameter_conflict', { detail: name })
  }
  return parameters
}
