import { readBytes } from '../core/read-bytes.js'
import { type KeySet, readKeySet } from './key-set.js'

/** What fetches: the runtime's `fetch`, or one of the host's that takes the same. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Why there is no key set. */
export type FetchFault = 'network' | 'timeout' | 'status' | 'too_large' | 'no_key_set'

const MOST_BYTES = 128 * 1024
/** Redirects are not followed: the address is the host's choice, not that of who answers there. */
const INIT: RequestInit = { headers: { accept: 'application/jwk-set+json, application/json' }, redirect: 'manual' }

/** Fetches a JWKS document within a time, all of it included. Never rejects. */
export async function fetchKeySet(url: string, fetch: Fetch, timeout: number): Promise<KeySet | FetchFault> {
  const signal = AbortSignal.timeout(timeout)
  const late = new Promise<FetchFault>((resolve) => {
    signal.addEventListener('abort', () => resolve('timeout'), { once: true })
  })
  const load = async (): Promise<KeySet | FetchFault> => {
    const response = await fetch(url, { ...INIT, signal })
    if (response.status !== 200 || response.redirected) {
      response.body?.cancel().catch(() => {})
      return 'status'
    }
    const bytes = await readBytes(response.body, MOST_BYTES)
    return bytes === undefined ? 'too_large' : ((await readKeySet(bytes)) ?? 'no_key_set')
  }
  return Promise.race([load().catch((): FetchFault => (signal.aborted ? 'timeout' : 'network')), late])
}
