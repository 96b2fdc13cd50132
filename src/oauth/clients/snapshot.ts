import { tupleKey } from '../../core/digest.js'
import type { JsonObject } from '../../core/json.js'
import type { Client } from './client.js'

/** What a subject saw of a client when they allowed it something, and what decides whether it is still the same. */
export function snapshotOf({ metadata }: Client): JsonObject {
  const { client_name, client_uri, redirect_uris, jwks, jwks_uri } = metadata
  return {
    redirect_uris: [...redirect_uris],
    ...(client_name !== undefined && { client_name }),
    ...(client_uri !== undefined && { client_uri }),
    ...(jwks !== undefined && { jwks }),
    ...(jwks_uri !== undefined && { jwks_uri }),
  }
}

/** Tells by equality whether a client still shows itself as it did, in every member. */
export const appearanceOf = (client: Client): string => tupleKey('client', JSON.stringify(snapshotOf(client)))
