import type { DescribedScope } from '../../core/catalogue.js'
import { hostOf, isLoopbackUri } from '../checks/redirect-uri.js'
import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'
import { describeScope } from '../openid/scopes.js'

/** The client, as a user is told of it. Everything in it but `id` and `domain` is what the client says of itself. */
export interface ClientView {
  readonly id: string
  /** Its name, or the host of its page or its redirect URI where it registered none. */
  readonly name: string
  readonly registeredName: string | null
  /** The domain that it has proven to be of: that of its metadata document; `null` where it has proven nothing. */
  readonly domain: string | null
  /** Who registered it: the host, itself, or the page at its id. */
  readonly origin: 'manual' | 'dynamic' | 'document'
  /** Whether anybody but the client itself says who it is: the host registered it, or it has proven its domain. */
  readonly isVerified: boolean
  readonly uri: string | null
  readonly policyUri: string | null
  readonly termsUri: string | null
}

/**
 * What a consent page says before a user answers.
 *
 * | warning | meaning |
 * |---|---|
 * | `unverified` | the client says itself who it is, and nobody else does |
 * | `loopback` | the answer goes to whichever program listens on the user's own machine: any could claim to be this client |
 * | `other_host` | the answer goes to another host than the one that the client has proven to be of |
 * | `device` | the answer goes to a device that shows the code: somebody may have sent it to the user to get at their account |
 * | `destructive` | what is asked for allows what cannot be undone |
 */
export type Warning = 'unverified' | 'loopback' | 'other_host' | 'device' | 'destructive'

/** A scope in the words of the catalogue; `granted` is what the client already has. */
export interface AskedScope extends DescribedScope {
  readonly granted: boolean
}

/** What a consent page shows. */
export interface ConsentView {
  readonly client: ClientView
  /** Where the answer goes: a host, or the scheme of a native client; `null` for a device. */
  readonly redirectHost: string | null
  readonly isLoopback: boolean
  /** The code that the device shows, for the user to compare (RFC 8628 section 3.3.1). */
  readonly userCode: string | null
  readonly warnings: readonly Warning[]
  readonly scopes: readonly AskedScope[]
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
    isVerified: record.origin !== 'dynamic',
    uri: metadata.client_uri ?? null,
    policyUri: metadata.policy_uri ?? null,
    termsUri: metadata.tos_uri ?? null,
  })
}

/** What is asked of a user. */
export interface Asked {
  readonly redirectUri: string | null
  readonly userCode: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly tenant: string | null
}

/** What a user is asked, in words. */
export function consentView(context: Context, client: Client, asked: Asked, granted: readonly string[]): ConsentView {
  const { redirectUri, userCode, scopes, resources, tenant } = asked
  const described = scopes.flatMap((scope): AskedScope[] => {
    const words = describeScope(context, scope)
    return words === undefined ? [] : [Object.freeze({ ...words, granted: granted.includes(scope) })]
  })
  const who = clientView(client)
  return Object.freeze({
    client: who,
    redirectHost: redirectUri === null ? null : hostOf(redirectUri),
    isLoopback: redirectUri !== null && isLoopbackUri(redirectUri),
    userCode,
    warnings: Object.freeze(warningsOf(who, redirectUri, described)),
    scopes: Object.freeze(described),
    resources: Object.freeze([...resources]),
    tenant,
  })
}

function warningsOf(
  { isVerified, domain }: ClientView,
  redirectUri: string | null,
  scopes: readonly AskedScope[],
): readonly Warning[] {
  const isLoopback = redirectUri !== null && isLoopbackUri(redirectUri)
  const holds: { readonly [W in Warning]: boolean } = {
    unverified: !isVerified,
    loopback: isLoopback,
    other_host: domain !== null && redirectUri !== null && !isLoopback && hostOf(redirectUri) !== domain,
    device: redirectUri === null,
    destructive: scopes.some(({ destructive }) => destructive === true),
  }
  return (Object.keys(holds) as Warning[]).filter((warning) => holds[warning])
}
