import { readBytes } from './read-bytes.js'

/** What fetches: the runtime's `fetch`, or one of the host's that takes the same. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Why nothing usable was fetched. */
export type FetchFault = 'network' | 'timeout' | 'status' | 'too_large'

/** How much is waited for and read. */
export interface FetchLimits {
  /** Milliseconds, for the whole answer. */
  readonly timeout: number
  readonly bytes: number
}

/** An answer with status 200, all of it. */
export interface Fetched {
  readonly headers: Headers
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * An answer with status 200, all of it within a time and a size. Redirects are not followed: the address is the host's choice, not that
 * of who answers there. Never rejects.
 */
export async function fetchAnswer(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  limits: FetchLimits,
): Promise<Fetched | FetchFault> {
  const signal = AbortSignal.timeout(limits.timeout)
  const late = new Promise<FetchFault>((resolve) => {
    signal.addEventListener('abort', () => resolve('timeout'), { once: true })
  })
  const load = async (): Promise<Fetched | FetchFault> => {
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    if (response.status !== 200 || response.redirected) {
      response.body?.cancel().catch(() => {})
      return 'status'
    }
    const bytes = await readBytes(response.body, limits.bytes)
    return bytes === undefined ? 'too_large' : { headers: response.headers, bytes }
  }
  return Promise.race([load().catch((): FetchFault => (signal.aborted ? 'timeout' : 'network')), late])
}

/** The body alone. */
export async function fetchBytes(
  ...[fetch, url, init, limits]: Parameters<typeof fetchAnswer>
): Promise<Uint8Array<ArrayBuffer> | FetchFault> {
  const fetched = await fetchAnswer(fetch, url, init, limits)
  return typeof fetched === 'string' ? fetched : fetched.bytes
}

/** An address to fetch from. Where the host brings no `fetch` of its own it is `https:`. `undefined` for any that is not allowed. */
export function fetchableUrl(url: string | URL, isFetchOfHost: boolean): URL | undefined {
  const address = URL.canParse(String(url)) ? new URL(url) : undefined
  const isAllowed = address?.protocol === 'https:' || (address?.protocol === 'http:' && isFetchOfHost)
  return isAllowed && address.username + address.password + address.hash === '' ? address : undefined
}

/** The runtime's, as it is when it is called. */
export const globalFetch: Fetch = (url, init) => fetch(url, init)
