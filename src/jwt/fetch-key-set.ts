import { type Fetch, type FetchFault, fetchBytes } from '../core/fetch-bytes.js'
import type { PoolOptions } from './engine/engine.js'
import { type KeySet, readKeySet } from './key-set.js'

const MOST_BYTES = 128 * 1024
const INIT: RequestInit = { headers: { accept: 'application/jwk-set+json, application/json' } }

/** Fetches a JWKS document within a time, all of it included; or says why there is none. Never rejects. */
export async function fetchKeySet(
  url: string,
  fetch: Fetch,
  timeout: number,
  options?: PoolOptions,
): Promise<KeySet | FetchFault | 'no_key_set'> {
  const bytes = await fetchBytes(fetch, url, INIT, { timeout, bytes: MOST_BYTES })
  if (typeof bytes === 'string') return bytes
  return (await readKeySet(bytes, options)) ?? 'no_key_set'
}
