import type { ReadOptions, TokenStore } from '../store/store.js'

/** What a store calls the keys that it keeps: by their thumbprints (RFC 7638). */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Whether a signing key has ended by the store that keeps it, however fresh what a process knows of the keys is. A key that the store does
 * not keep has not. Rejects where the store fails.
 */
export async function isKeyGone(
  store: Pick<TokenStore, 'getWith'>,
  kid: string,
  options: ReadOptions = {},
): Promise<boolean> {
  if (!THUMBPRINT.test(kid)) return false
  const { record } = await store.getWith('key', kid, options)
  return record?.stage === 'gone'
}
