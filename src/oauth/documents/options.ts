import { guardedFetch } from '#guarded-fetch'
import { TokenloopError } from '../../core/errors.js'
import type { Fetch } from '../../core/fetch-bytes.js'
import { optionsOf } from '../../core/options.js'
import type { ClientPolicy } from '../clients/candidate.js'
import type { Place } from '../paths.js'
import { Budget } from './budget.js'
import { isLoopbackHost } from './client-id.js'
import { Shelf } from './shelf.js'

/** How metadata documents of clients are fetched, and what the host says of such a client. */
export interface MetadataDocumentsOptions {
  /**
   * Fetches documents, and the keys of clients that have theirs at an address (`jwks_uri`). By default the guarded fetch of
   * `tokenloop/fetch`, which reaches the public internet alone; where there is no Node, one has to be given.
   */
  readonly fetch?: Fetch
  /** Asked about each document that is new, or says something else than before. */
  readonly policy?: ClientPolicy
}

const OPTIONS = optionsOf<MetadataDocumentsOptions>('metadataDocuments', { fetch: true, policy: true })

/** Metadata documents as they are accepted. */
export interface Documents {
  readonly fetch: Fetch
  readonly policy: ClientPolicy | undefined
  /** Whether clients may be on this machine: where the server is, and the host fetches itself. */
  readonly withLoopback: boolean
  readonly shelf: Shelf
  readonly budget: Budget
  /** One fetch at a time of each document, however many wait for it. */
  readonly pending: Map<string, Promise<void>>
}

/** Reads the option: what fetches for clients, if anything does, and documents, if they are accepted. Throws `invalid_option`. */
export function documentsOf(
  given: boolean | MetadataDocumentsOptions | undefined,
  place: Place,
): { readonly fetch: Fetch | undefined; readonly documents: Documents | undefined } {
  const options = typeof given === 'object' ? given : {}
  OPTIONS.check(options)
  if (given !== undefined && typeof given !== 'boolean' && given !== options)
    throw invalid('is true, or an object of options')
  const { fetch = guardedFetch?.(), policy } = options
  if (given === undefined || given === false) return { fetch, documents: undefined }
  if (fetch === undefined) throw invalid('needs a `fetch` where there is no Node')
  if (typeof fetch !== 'function') throw invalid('.fetch must be a function')
  if (policy !== undefined && typeof policy !== 'function') throw invalid('.policy must be a function')
  const withLoopback = options.fetch !== undefined && isLoopbackHost(new URL(place.origin).hostname)
  const documents = { fetch, policy, withLoopback, shelf: new Shelf(), budget: new Budget(), pending: new Map() }
  return { fetch, documents }
}

const invalid = (why: string) => new TokenloopError('invalid_option', `\`metadataDocuments\` ${why}`)
