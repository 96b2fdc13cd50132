import { TokenloopError } from '../core/errors.js'
import { fetchableUrl } from '../core/fetch-bytes.js'
import { fetchKeySet } from './fetch-key-set.js'
import { fetchedKeys, REMOTE_KEYS, type RemoteKeysOptions } from './fetched-keys.js'
import type { VerificationKeys } from './types.js'

/**
 * The keys that an issuer publishes (RFC 7517 section 5), fetched when they are first needed and kept. Make one for each issuer, and keep it.
 *
 * - One look at a time, however many wait for it, and none within the cooldown of the last: a flood of tokens with made-up key ids
 *   leads to one look in 30 seconds, and never slows down those with keys that are known.
 * - From half their age on, keys are looked at again behind the back of those who use them; from `maxAge` on, before they are used.
 *   Where that fails, the last good ones serve until `keepFor`, and `keys.not_fetched` is told.
 * - An answer that is redirected, late, too large, or no JWKS with a key for ES256 in it, changes nothing.
 *
 * Throws `invalid_option` for an address that is not `https:`.
 *
 * @example
 * const keys = remoteKeys('https://auth.acme.dev/jwks')
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): VerificationKeys {
  REMOTE_KEYS.check(options)
  const address = fetchableUrl(url, options.fetch !== undefined)
  if (address === undefined) {
    throw new TokenloopError('invalid_option', 'the keys are at an https: address, without credentials or a fragment')
  }
  return fetchedKeys(address.origin + address.pathname, options, (fetch, timeout) =>
    fetchKeySet(address.href, fetch, timeout, options),
  )
}
