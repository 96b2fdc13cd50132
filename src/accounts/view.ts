import type { AccountRecord } from '../store/records.js'
import type { ServiceAccount } from './types.js'

/** What is shown of a service account. */
export const viewOf = (id: string, record: AccountRecord): ServiceAccount => ({
  id,
  name: record.name ?? '',
  tenant: record.tenant,
  scopes: record.scopes,
  status: record.status,
  createdAt: record.createdAt,
  createdBy: record.createdBy,
  metadata: record.metadata,
})
