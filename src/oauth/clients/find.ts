import { isActive } from '../../store/chain.js'
import type { Context } from '../context.js'
import { type Currency, isOfDocument, refreshClient } from '../documents/resolve.js'
import { Refusal } from '../refusal.js'
import { type Client, clientOf } from './client.js'

/** No id is longer. */
const LONGEST = 255

/**
 * The client of that id, whether it may act or not. A `client_id` that is an address is that of a metadata document, where those are
 * accepted. Throws a `Refusal`.
 */
export async function findClient(context: Context, id: string | undefined, currency: Currency): Promise<Client> {
  if (id === undefined) throw new Refusal('client_unknown', { detail: 'no client_id' })
  if (id.length > LONGEST || !/^[\x21-\x7e]+$/.test(id))
    throw new Refusal('client_unknown', { detail: 'malformed client_id' })
  const { store, documents } = context
  let read = await store.getWith('client', id)
  if (isOfDocument(context, id, read.record) && (await refreshClient(context, id, read, currency))) {
    read = await store.getWith('client', id)
  }
  const client = clientOf(id, read)
  const isAccepted = client?.record.origin !== 'document' || documents !== undefined
  if (client === undefined || !isAccepted) throw new Refusal('client_unknown', { detail: id })
  return client
}

/** The same, and only where it may act. Throws a `Refusal`. */
export async function findActiveClient(
  context: Context,
  id: string | undefined,
  currency: Currency = 'document',
): Promise<Client> {
  const client = await findClient(context, id, currency)
  demandActive(client)
  return client
}

/** Throws a `Refusal` for a client that may not act, or whose tenant may not. */
export function demandActive({ id, record, chain }: Client): void {
  if (record.status !== 'active' || !isActive(chain.tenant)) throw new Refusal('client_inactive', { detail: id })
}
