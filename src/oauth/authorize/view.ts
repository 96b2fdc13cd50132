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

/** What a consent page shows, for a client at a redirect URI or on a device. */
export interface ConsentView {
  readonly client: ClientView
  /** Where the answer goes: a host, or the scheme of a native client; `null` for a device. */
  readonly redirectHost: string | null
  readonly isLoopback: boolean
  /** The code that the device shows, for the user to compare (RFC 8628 section 3.3.1); `null` where there is none. */
  readonly userCode: string | null
  readonly warnings: readonly Warning[]
  readonly scopes: readonly AskedScope[]
  readonly resources: readonly string[]
  readonly tenant: string | null
}

/** What a client is called, and what it has proven. */
function clientView({ id, record, metadata }: Client): ClientView {
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

/** What is asked of a user, and where the answer goes: a redirect URI, or the device that shows a code. */
interface Asked {
  readonly to: { readonly redirectUri: string } | { readonly userCode: string }
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly tenant: string | null
}

/** What a user is asked, in words. */
export function consentView(
  context: Context,
  client: Client,
  { to, scopes, resources, tenant }: Asked,
  granted: readonly string[],
): ConsentView {
  const described = scopes.flatMap((scope): AskedScope[] => {
    const words = describeScope(context, scope)
    return words === undefined ? [] : [Object.freeze({ ...words, granted: granted.includes(scope) })]
  })
  const who = clientView(client)
  const place = placeOf(to)
  return Object.freeze({
    client: who,
    ...place,
    warnings: Object.freeze(warningsOf(who, place, described)),
    scopes: Object.freeze(described),
    resources: Object.freeze([...resources]),
    tenant,
  })
}

type Place = Pick<ConsentView, 'redirectHost' | 'isLoopback' | 'userCode'>

const placeOf = (to: Asked['to']): Place =>
  'userCode' in to
    ? { redirectHost: null, isLoopback: false, userCode: to.userCode }
    : { redirectHost: hostOf(to.redirectUri), isLoopback: isLoopbackUri(to.redirectUri), userCode: null }

function warningsOf(
  { isVerified, domain }: ClientView,
  { redirectHost, isLoopback, userCode }: Place,
  scopes: readonly AskedScope[],
): readonly Warning[] {
  const holds: { readonly [W in Warning]: boolean } = {
    unverified: !isVerified,
    loopback: isLoopback,
    other_host: domain !== null && redirectHost !== null && !isLoopback && redirectHost !== domain,
    device: userCode !== null,
    destructive: scopes.some(({ destructive }) => destructive === true),
  }
  return (Object.keys(holds) as Warning[]).filter((warning) => holds[warning])
}
