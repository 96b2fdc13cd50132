import type { Chains } from '../../store/chain.js'
import type { ClientRecord } from '../../store/records.js'
import type { ReadWith } from '../../store/store.js'
import { type ClientMetadata, metadataOf } from './metadata.js'

/** A client as a request finds it. */
export interface Client {
  readonly id: string
  readonly version: number
  readonly record: ClientRecord
  readonly metadata: ClientMetadata
  readonly chain: Chains['client']
  /** The store's time of the read. */
  readonly now: number
}

/** The client that was read; `undefined` where there is none, or none that can be read. */
export function clientOf(id: string, { record, chain, version, now }: ReadWith<'client'>): Client | undefined {
  const metadata = record && metadataOf(record.metadata)
  if (record === undefined || chain === undefined || metadata === undefined) return undefined
  return { id, version, record, metadata, chain, now }
}

/** Whether a client has no way to keep a secret. */
export const isPublic = ({ metadata }: Client): boolean => metadata.token_endpoint_auth_method === 'none'
