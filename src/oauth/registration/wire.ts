import type { ClientRecord } from '../../store/records.js'
import type { ClientMetadata } from '../clients/metadata.js'
import { type Context, urlOf } from '../context.js'

/** What only the client itself is told. */
export interface OfClient {
  readonly id: string
  readonly record: ClientRecord
  readonly metadata: ClientMetadata
  /** A new secret, which is shown once. */
  readonly secret: string | undefined
  readonly registrationToken: string
}

/** Where a client reads and changes its registration (RFC 7592): whoever knows the address still needs the token. */
const managementUrl = (context: Context, id: string): string =>
  `${urlOf(context, 'register')}?client_id=${encodeURIComponent(id)}`

/** The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3). */
export const informationOf = (context: Context, { id, record, metadata, secret, registrationToken }: OfClient) => ({
  client_id: id,
  client_id_issued_at: Math.floor(record.createdAt / 1000),
  ...(secret !== undefined && { client_secret: secret }),
  ...(record.secrets.length > 0 && { client_secret_expires_at: 0 }),
  registration_access_token: registrationToken,
  registration_client_uri: managementUrl(context, id),
  ...metadata,
})
