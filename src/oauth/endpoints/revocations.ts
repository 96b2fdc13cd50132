import type { Answer, PlainRequest } from '../../core/plain.js'
import { feedPage } from '../../store/feed-page.js'
import { jsonAnswer } from '../answer.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import type { Context } from '../context.js'
import { Parameters } from '../parameters.js'
import { Refusal } from '../refusal.js'

const NONE = new Parameters(new Map())

/** The revocation feed, for the servers of resources, which authenticate by HTTP Basic. Throws a `Refusal`. */
export async function revocations(context: Context, request: PlainRequest): Promise<Answer> {
  const client = await authenticateClient(context, request, NONE)
  const isServer = [...context.resources.values()].some(({ servers }) => servers.includes(client.id))
  if (!isServer) throw new Refusal('client_not_allowed', { status: 403, detail: client.id })
  const page = await feedPage(context.store, request.url)
  if (page === undefined) throw new Refusal('unreadable', { detail: 'after and limit' })
  return jsonAnswer(200, page)
}
