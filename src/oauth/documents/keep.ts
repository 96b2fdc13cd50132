import { frozenList } from '../../core/frozen.js'
import { sameJson } from '../../core/json.js'
import { actorRef, system } from '../../core/subject.js'
import type { ClientRecord } from '../../store/records.js'
import { updated, writeChange } from '../clients/change.js'
import { type ClientMetadata, storedMetadata } from '../clients/metadata.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'

const MOST_ATTEMPTS = 20

/**
 * Keeps what a document says as the record of its client, by compare-and-set. A client that the host registered, or that registered
 * itself, is never written over, and one that the host stopped stays as it is.
 */
export async function keepDocument(context: Context, id: string, metadata: ClientMetadata): Promise<void> {
  const stored = storedMetadata(metadata)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const read = await context.store.get('client', id)
    const { record, now } = read
    if (record !== undefined && (record.origin !== 'document' || record.status !== 'active')) return
    if (record !== undefined && sameJson(record.metadata, stored)) return
    const change =
      record === undefined
        ? { next: newRecord(context, stored, now), type: 'client.created' as const, detail: { origin: 'document' } }
        : updated(record, { ...record, metadata: stored })
    if (await writeChange(context, id, read, change, system)) return
  }
  throw new Refusal('unavailable', { detail: 'the client keeps changing' })
}

/**
 * Its epoch is the moment: a document whose client was reaped may come back, and what hung on the client before stays dead.
 */
const newRecord = ({ order, lifetimes }: Context, metadata: ClientRecord['metadata'], now: number): ClientRecord => ({
  origin: 'document',
  status: 'active',
  epoch: now,
  metadata,
  secrets: frozenList([]),
  registration: null,
  tenant: null,
  roles: frozenList([]),
  description: null,
  createdBy: actorRef(system),
  createdAt: now,
  order: order(now),
  unique: null,
  keepUntil: now + lifetimes.unusedClient,
})
