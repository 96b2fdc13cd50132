import type { ClientRecord } from '../../store/records.js'
import { metadataOf } from '../clients/metadata.js'
import { allowedMetadata } from '../clients/policy.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { refusalOf } from '../report.js'
import { isDocumentId } from './client-id.js'
import { fetchDocument } from './document.js'
import { keepDocument } from './keep.js'
import type { Documents } from './options.js'

/**
 * How current a client has to be: as its document says now (`document`), where a user is about to be asked; or as it was last known
 * (`record`), where it is in the middle of something, and its document cannot be had.
 */
export type Currency = 'document' | 'record'

/** Whether an id is that of a document, for what there is a record of. */
export const isOfDocument = ({ documents }: Context, id: string, record: ClientRecord | undefined): boolean =>
  documents !== undefined &&
  (record === undefined || (record.origin === 'document' && record.status === 'active')) &&
  isDocumentId(id, documents.withLoopback)

/** Brings the record of a client up to date with its document, if it has to be; whether it did. Throws a `Refusal`. */
export async function refreshClient(
  context: Context,
  id: string,
  { record, now }: { readonly record: ClientRecord | undefined; readonly now: number },
  currency: Currency,
): Promise<boolean> {
  const { documents } = context
  if (documents === undefined || (record !== undefined && documents.shelf.isFresh(id, now))) return false
  const isTolerated = currency === 'record' && record !== undefined
  // A client without keys of its own has nothing at the token endpoint that its document could have changed in the meantime.
  if (isTolerated && metadataOf(record.metadata)?.token_endpoint_auth_method === 'none') return false
  try {
    await coalesced(documents, id, () => look(context, documents, id, now))
  } catch (error) {
    if (!isTolerated) throw error
  }
  return true
}

function coalesced({ pending }: Documents, id: string, work: () => Promise<void>): Promise<void> {
  const running = pending.get(id)
  if (running !== undefined) return running
  const begun = work().finally(() => pending.delete(id))
  pending.set(id, begun)
  return begun
}

async function look(context: Context, documents: Documents, id: string, now: number): Promise<void> {
  const { shelf, budget, fetch, policy } = documents
  if (!shelf.mayAsk(id, now)) throw new Refusal('document_not_fetched', { detail: `${id}: failed just now` })
  try {
    const document = await budget.spend(new URL(id).host, now, () => fetchDocument(context, fetch, id, now))
    if (document === 'over_budget') throw new Refusal('documents_limited', { detail: id, status: 503 })
    const metadata = await allowedMetadata(context, policy, { metadata: document.metadata, id, origin: 'document' })
    await keepDocument(context, id, metadata)
    shelf.succeeded(id, now + document.freshFor)
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.rule !== 'documents_limited') shelf.failed(id, now)
    const { headers, status } = refusal
    throw new Refusal(refusal.rule, {
      detail: `${id}: ${refusal.detail ?? refusal.rule}`,
      headers,
      ...(status && { status }),
    })
  }
}
