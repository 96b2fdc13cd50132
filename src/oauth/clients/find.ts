import { isActive } from '../../store/chain.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { type Client, clientOf } from './client.js'

/** No id is longer. */
const LONGEST = 255

/**
 * The client of that id, whether it may act or not. A `client_id` that is an address is that of a metadata document, where those are
 * accepted. Throws a `Refusal`.
 */
export async function findClient(context: Context, id: string | undefined): Promise<Client> {
  if (id === undefined) throw new Refusal('client_unknown', { detail: 'no client_id' })
  if (id.length > LONGEST || !/^[\x21-\x7e]+$/.test(id))
    throw new Refusal('client_unknown', { detail: 'malformed client_id' })
  const client = clientOf(id, await context.store.getWith('client', id))
  if (client === undefined) throw new Refusal('client_unknown', { detail: id })
  return client
}

/** The same, and only where it may act. Throws a `Refusal`. */
export async function findActiveClient(context: Context, id: string | undefined): Promise<Client> {
  const client = await findClient(context, id)
  if (client.record.status !== 'active' || !isActive(client.chain.tenant)) {
    throw new Refusal('client_inactive', { detail: client.id })
  }
  return client
}
