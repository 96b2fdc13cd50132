import { lookup } from 'node:dns/promises'
import { TokenloopError } from '../../core/errors.js'
import type { Fetch } from '../../core/fetch-bytes.js'
import { optionsOf } from '../../core/options.js'
import { type Duration, delay } from '../../core/time.js'
import { createGuard } from './guard.js'

/** The options of `guardedFetch`. */
export interface GuardedFetchOptions {
  /** The ports that may be connected to; 443 alone by default. */
  readonly ports?: readonly number[]
  /** For a whole answer, the look-up of the name included; 5 seconds by default. */
  readonly timeout?: Duration
  /** Bytes of a body at the most; 256 KiB by default. */
  readonly bytes?: number
  /** Fetches at once, in all and from one host; 32 and 4 by default. What is more is refused. */
  readonly concurrency?: { readonly all?: number; readonly host?: number }
}

const OPTIONS = optionsOf<GuardedFetchOptions>('guardedFetch', {
  ports: true,
  timeout: true,
  bytes: true,
  concurrency: true,
})
const CONCURRENCY = optionsOf<NonNullable<GuardedFetchOptions['concurrency']>>('guardedFetch: concurrency', {
  all: true,
  host: true,
})

/**
 * A fetch for addresses that strangers chose (CIMD section 6.5): `https:` to hosts by their names on the public internet, and nothing
 * else. A name is resolved once, every address that it has is checked, and the connection goes to one of those that were checked.
 * Redirects are answers, and not followed. It sends no cookies, no credentials and no header but `accept`, asks for what is not
 * compressed and takes nothing else, and uses no proxy whatever the environment says: a proxy would resolve the name again.
 *
 * Rejects with `fetch_blocked` for an address that must not be fetched from, and with `unavailable` where nothing usable came within time
 * and size. Throws `invalid_option`.
 *
 * @example
 * const auth = createAuthorizationServer({ …, metadataDocuments: { fetch: guardedFetch({ timeout: '2s' }) } })
 */
export function guardedFetch(options: GuardedFetchOptions = {}): Fetch {
  OPTIONS.check(options)
  const { ports = [443], bytes = 256 * 1024, concurrency = {} } = options
  CONCURRENCY.check(concurrency)
  const { all = 32, host = 4 } = concurrency
  const timeout = delay(options.timeout ?? '5s', '`timeout`')
  if (!Array.isArray(ports) || !ports.every((port) => isCount(port) && port <= 65_535))
    throw invalid('`ports` are ports')
  if (![bytes, all, host].every(isCount)) throw invalid('`bytes` and `concurrency` are whole numbers above 0')
  return createGuard({ ports: new Set(ports), timeout, bytes, all, host }, { resolve: resolveByName })
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0

/** As every other program of this machine resolves it. */
const resolveByName = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)

const invalid = (message: string) => new TokenloopError('invalid_option', message)
