import { type Fetch, fetchAnswer } from '../../core/fetch-bytes.js'
import { parseJsonObject } from '../../core/parse-json.js'
import type { ClientMetadata } from '../clients/metadata.js'
import { readMetadata } from '../clients/read-metadata.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { freshFor } from './freshness.js'

/** What a document says, and how long it may be kept, in milliseconds. */
export interface ClientDocument {
  readonly metadata: ClientMetadata
  readonly freshFor: number
}

/** CIMD section 6.6. */
const LIMITS = { timeout: 5000, bytes: 5 * 1024 }
const INIT: RequestInit = { headers: { accept: 'application/json' } }
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json[ \t]*(?:;|$)/i

/** What nobody may publish (CIMD section 4.1): a secret that everybody can read is none. */
const SECRET = ['client_secret', 'client_secret_expires_at']
const AUTH_METHODS: readonly unknown[] = ['none', 'private_key_jwt']

/** Fetches a document, and checks it. Throws a `Refusal` for one that cannot be had, or is no document of that client. */
export async function fetchDocument(context: Context, fetch: Fetch, id: string, now: number): Promise<ClientDocument> {
  const fetched = await fetchAnswer(fetch, id, INIT, LIMITS)
  if (typeof fetched === 'string') throw new Refusal('document_not_fetched', { detail: fetched })
  const { headers, bytes } = fetched
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) throw refuse('content type')
  const given = parseJsonObject(bytes)
  if (given === undefined) throw refuse('no JSON object')
  if (given.client_id !== id) throw refuse('client_id')
  const secret = SECRET.find((name) => given[name] !== undefined)
  if (secret !== undefined) throw refuse(secret)
  const { token_endpoint_auth_method = 'none' } = given
  if (!AUTH_METHODS.includes(token_endpoint_auth_method)) throw refuse('token_endpoint_auth_method')
  const metadata = await readMetadata(context, { ...given, token_endpoint_auth_method }, { byHost: false })
  return { metadata, freshFor: freshFor(headers, now) }
}

const refuse = (detail: string) => new Refusal('document_invalid', { detail })
