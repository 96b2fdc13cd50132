import { TokenloopError } from '../../core/errors.js'
import { registeredScopes } from '../../store/grant-status.js'
import type { ClientRecord } from '../../store/records.js'
import type { Context } from '../context.js'
import { type ClientMetadata, metadataOf } from './metadata.js'
import { liveSecrets, secretId } from './secrets.js'
import type { Client } from './types.js'

/** What the host sees of a client. Throws `store_corrupt` for metadata that was not written here. */
export function hostView(id: string, record: ClientRecord, now: number): Client {
  const metadata = metadataOf(record.metadata)
  if (metadata === undefined)
    throw new TokenloopError('store_corrupt', 'the metadata of a client is not what was written')
  return viewOf(id, record, metadata, now)
}

/** The same for a list, which is told without a client that cannot be shown, and without those that are deleted. */
export function listedView({ tell }: Context, id: string, record: ClientRecord, now: number): Client | undefined {
  if (record.status === 'deleted') return undefined
  const metadata = metadataOf(record.metadata)
  if (metadata === undefined) tell({ type: 'store.corrupt', at: null, about: id, detail: { kind: 'client' } })
  return metadata && viewOf(id, record, metadata, now)
}

function viewOf(id: string, record: ClientRecord, metadata: ClientMetadata, now: number): Client {
  const { origin, status, description, tenant, roles, createdAt, createdBy, keepUntil } = record
  return Object.freeze({
    id,
    origin,
    status,
    name: metadata.client_name ?? null,
    description,
    tenant,
    roles,
    scopes: registeredScopes(metadata) ?? null,
    redirectUris: metadata.redirect_uris,
    grantTypes: metadata.grant_types,
    authMethod: metadata.token_endpoint_auth_method,
    applicationType: metadata.application_type,
    secrets: liveSecrets(record.secrets, now).map((secret) =>
      Object.freeze({ id: secretId(secret), createdAt: secret.createdAt, expiresAt: secret.expiresAt }),
    ),
    metadata,
    createdAt,
    createdBy,
    keepUntil,
  })
}
