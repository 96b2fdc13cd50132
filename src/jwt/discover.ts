import { TokenloopError } from '../core/errors.js'
import { type Fetch, fetchableUrl, globalFetch } from '../core/fetch-bytes.js'
import { type DocumentFault, fetchDocument } from '../core/fetch-document.js'
import type { Json, JsonObject } from '../core/json.js'
import { optionsOf } from '../core/options.js'
import { type Duration, delay } from '../core/time.js'
import { issuerAddresses } from '../core/well-known.js'
import { fetchKeySet } from './fetch-key-set.js'
import { fetchedKeys, REMOTE_KEYS, type RemoteKeysOptions } from './fetched-keys.js'
import type { VerificationKeys } from './types.js'

/** What an authorization server says of itself (RFC 8414 section 2), as far as it was looked at. */
export interface ServerMetadata extends JsonObject {
  /** Exactly whom it was asked about. */
  readonly issuer: string
  /** Where its keys are. */
  readonly jwks_uri: string
}

/** The metadata of an issuer; or why there is none to rely on. */
export type Discovered =
  | { readonly ok: true; readonly metadata: ServerMetadata }
  | { readonly ok: false; readonly reason: DocumentFault }

/** The options of `discover`. */
export interface DiscoverOptions {
  /** Fetches instead of the runtime's `fetch`, and may then be given an `http:` issuer too. */
  readonly fetch?: Fetch
  /** For a whole answer; 5 seconds by default. */
  readonly timeout?: Duration
}

const OPTIONS = optionsOf<DiscoverOptions>('discover', { fetch: true, timeout: true })

/**
 * Fetches what an authorization server says of itself, from where RFC 8414 section 3.1 puts it or OpenID Connect Discovery section 4 does.
 * It has to name exactly this issuer (`mismatch`), and `https:` addresses alone (`malformed`): of an `http:` issuer, which only a `fetch`
 * of the host's reaches, `http:` ones too. No redirect is followed. Never rejects on an answer; rejects with `invalid_option`.
 *
 * @example
 * const server = await discover('https://auth.acme.dev')
 * if (server.ok) server.metadata.introspection_endpoint
 */
export async function discover(issuer: string, options: DiscoverOptions = {}): Promise<Discovered> {
  OPTIONS.check(options)
  const { fetch = globalFetch } = options
  const timeout = delay(options.timeout ?? '5s', '`timeout`')
  if (typeof fetch !== 'function') throw invalid('`fetch` must be a function')
  return fetchMetadata(issuerUrl(issuer, options.fetch !== undefined), issuer, fetch, timeout)
}

/**
 * The keys of an issuer that is known by its name alone: as `remoteKeys`, with where they are looked up in its metadata each time that
 * they are fetched. Throws `invalid_option` for an issuer that is not `https:`.
 *
 * @example
 * const issuer = 'https://auth.acme.dev'
 * const accept = [jwts({ issuer, keys: discoveredKeys(issuer) })]
 */
export function discoveredKeys(issuer: string, options: RemoteKeysOptions = {}): VerificationKeys {
  REMOTE_KEYS.check(options)
  const url = issuerUrl(issuer, options.fetch !== undefined)
  return fetchedKeys(issuer, options, async (fetch, timeout) => {
    const found = await fetchMetadata(url, issuer, fetch, timeout)
    return found.ok ? fetchKeySet(found.metadata.jwks_uri, fetch, timeout, options) : found.reason
  })
}

async function fetchMetadata(url: URL, issuer: string, fetch: Fetch, timeout: number): Promise<Discovered> {
  const document = await fetchDocument({ addresses: issuerAddresses(url), about: ['issuer', issuer], fetch, timeout })
  if (typeof document === 'string') return { ok: false, reason: document }
  return isUsable(document, url) ? { ok: true, metadata: document } : { ok: false, reason: 'malformed' }
}

const ADDRESS = /^(?:jwks_uri|.+_endpoint)$/

/** Whether all that it names to be called may be: no issuer behind TLS leads to where anybody could answer. */
function isUsable(document: JsonObject, { protocol }: URL): document is ServerMetadata {
  const isCallable = (value: Json) =>
    typeof value === 'string' && fetchableUrl(value, protocol === 'http:') !== undefined
  const named = Object.entries(document).filter(([name]) => ADDRESS.test(name))
  return typeof document.jwks_uri === 'string' && named.every(([, value]) => isCallable(value))
}

/** RFC 8414 section 2: no query, no fragment. */
function issuerUrl(issuer: string, isFetchOfHost: boolean): URL {
  const url = typeof issuer === 'string' && !/[?#]/.test(issuer) ? fetchableUrl(issuer, isFetchOfHost) : undefined
  if (url === undefined) throw invalid('an issuer is an https: address, without credentials, a query or a fragment')
  return url
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
