import { type Fetch, type FetchFault, fetchBytes } from './fetch-bytes.js'
import type { JsonObject } from './json.js'
import { parseJsonObject } from './parse-json.js'

/** Where a metadata document is looked for, and what it has to be about. */
export interface Sought {
  /** The first of these that has one counts. */
  readonly addresses: readonly string[]
  /** Which member says what the document is about, and what it has to say, character by character. */
  readonly about: readonly [member: string, value: string]
  readonly fetch: Fetch
  /** Milliseconds, for one answer. */
  readonly timeout: number
}

/** Why there is no metadata document to rely on: it was not had, is none, or speaks for somebody else. */
export type DocumentFault = FetchFault | 'malformed' | 'mismatch'

const MOST_BYTES = 128 * 1024
const INIT: RequestInit = { headers: { accept: 'application/json' } }

/** Fetches a metadata document; or says why there is none. Only where nothing is at one address the next is asked. Never rejects. */
export async function fetchDocument({ addresses, about, fetch, timeout }: Sought): Promise<JsonObject | DocumentFault> {
  const [member, value] = about
  for (const address of addresses) {
    const bytes = await fetchBytes(fetch, address, INIT, { timeout, bytes: MOST_BYTES })
    if (bytes === 'status') continue
    if (typeof bytes === 'string') return bytes
    const document = parseJsonObject(bytes)
    if (document === undefined) return 'malformed'
    return document[member] === value ? document : 'mismatch'
  }
  return 'status'
}
