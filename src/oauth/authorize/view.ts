import type { DescribedScope } from '../../core/catalogue.js'
import { hostOf, isLoopbackUri } from '../checks/redirect-uri.js'
import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'

/** The client, as a user is told of it. Everything in it but `id` and `domain` is what the client says of itself. */
export interface ClientView {
  readonly id: string
  /** Its name, or the host of its page or its redirect URI where it registered none. */
  readonly name: string
  readonly registeredName: string | null
  /** The domain that it has proven to be of: that of its metadata document; `null` where it has proven nothing. */
  readonly domain: string | null
  readonly origin: 'manual' | 'dynamic' | 'document'
  readonly uri: string | null
  readonly policyUri: string | null
  readonly termsUri: string | null
}

/** What a consent page shows. */
export interface ConsentView {
  readonly client: ClientView
  /** Where the answer goes: a host, or the scheme of a native client. */
  readonly redirectHost: string
  /** The answer goes to whichever program listens on the user's own machine: anybody can claim to be this client there. */
  readonly isLoopback: boolean
  /** What is asked for, in the words of the catalogue; `granted` is what the client already has. */
  readonly scopes: readonly (DescribedScope & { readonly granted: boolean })[]
  readonly resources: readonly string[]
  readonly tenant: string | null
}

/** What a client is called, and what it has proven. */
export function clientView({ id, record, metadata }: Client): ClientView {
  const isDocument = record.origin === 'document'
  const [first] = metadata.redirect_uris
  const host = isDocument ? new URL(id).host : hostOf(metadata.client_uri ?? first ?? id)
  const registeredName = metadata.client_name ?? null
  return Object.freeze({
    id,
    name: registeredName ?? host,
    registeredName,
    domain: isDocument ? new URL(id).host : null,
    origin: record.origin,
    uri: metadata.client_uri ?? null,
    policyUri: metadata.policy_uri ?? null,
    termsUri: metadata.tos_uri ?? null,
  })
}

/** What a user is asked. */
export function consentView(
  { catalogue }: Context,
  client: Client,
  asked: {
    readonly redirectUri: string
    readonly scopes: readonly string[]
    readonly resources: readonly string[]
    readonly tenant: string | null
  },
  granted: readonly string[],
): ConsentView {
  const { redirectUri, scopes, resources, tenant } = asked
  const described = scopes
    .filter((scope) => catalogue.names.includes(scope))
    .map((scope) => Object.freeze({ ...catalogue.describe(scope), granted: granted.includes(scope) }))
  return Object.freeze({
    client: clientView(client),
    redirectHost: hostOf(redirectUri),
    isLoopback: isLoopbackUri(redirectUri),
    scopes: Object.freeze(described),
    resources: Object.freeze([...resources]),
    tenant,
  })
}
