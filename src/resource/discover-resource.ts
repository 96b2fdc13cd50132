import { TokenloopError } from '../core/errors.js'
import { type Fetch, fetchableUrl, globalFetch } from '../core/fetch-bytes.js'
import { type DocumentFault, fetchDocument } from '../core/fetch-document.js'
import type { Json, JsonObject } from '../core/json.js'
import { optionsOf } from '../core/options.js'
import { type Duration, delay } from '../core/time.js'
import { metadataUrl } from './metadata.js'

/** What an API says of itself (RFC 9728 section 2), as far as it was looked at. */
export interface DiscoveredMetadata extends JsonObject {
  /** Exactly what it was asked about. */
  readonly resource: string
  /** The issuers of the tokens that it takes; one at least. */
  readonly authorization_servers: readonly string[]
}

/** The metadata of an API; or why there is none to rely on. */
export type DiscoveredResource =
  | { readonly ok: true; readonly metadata: DiscoveredMetadata }
  | { readonly ok: false; readonly reason: DocumentFault }

/** The options of `discoverResource`. */
export interface DiscoverResourceOptions {
  /** Fetches instead of the runtime's `fetch`, and may then be given an `http:` resource too. */
  readonly fetch?: Fetch
  /** For the whole answer; 5 seconds by default. */
  readonly timeout?: Duration
}

const OPTIONS = optionsOf<DiscoverResourceOptions>('discoverResource', { fetch: true, timeout: true })

/**
 * Fetches what an API says of itself, for a client that knows nothing but its address: which authorization servers hand out tokens for
 * it. It has to name exactly this resource (`mismatch`, RFC 9728 section 3.3), so that no API sends a client for tokens of another one.
 * No redirect is followed. Never rejects on an answer; rejects with `invalid_option`.
 *
 * @example
 * const api = await discoverResource('https://acme.dev/mcp')
 * if (api.ok) await discover(api.metadata.authorization_servers[0])
 */
export async function discoverResource(
  resource: string,
  options: DiscoverResourceOptions = {},
): Promise<DiscoveredResource> {
  OPTIONS.check(options)
  const { fetch = globalFetch } = options
  const timeout = delay(options.timeout ?? '5s', '`timeout`')
  const isFetchOfHost = options.fetch !== undefined
  const address = typeof resource === 'string' && fetchableUrl(resource, isFetchOfHost) && metadataUrl(resource)?.href
  if (typeof fetch !== 'function') throw invalid('`fetch` must be a function')
  if (!address) throw invalid('the resource is an https: address, without credentials or a fragment')
  const document = await fetchDocument({ addresses: [address], about: ['resource', resource], fetch, timeout })
  if (typeof document === 'string') return { ok: false, reason: document }
  return isUsable(document, (issuer) => fetchableUrl(issuer, isFetchOfHost) !== undefined)
    ? { ok: true, metadata: document }
    : { ok: false, reason: 'malformed' }
}

function isUsable(document: JsonObject, isCallable: (issuer: string) => boolean): document is DiscoveredMetadata {
  const servers: Json | undefined = document.authorization_servers
  return (
    Array.isArray(servers) && servers.length > 0 && servers.every((one) => typeof one === 'string' && isCallable(one))
  )
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
