import { LATE, withDeadline } from '../../core/deadline.js'
import { TokenloopError } from '../../core/errors.js'
import { type EventListener, safeListener } from '../../core/event.js'
import { type Fetch, fetchableUrl, globalFetch } from '../../core/fetch-bytes.js'
import { checkPart, optionsOf } from '../../core/options.js'
import type { Freshness } from '../../core/principal.js'
import { type Clock, type Duration, delay, duration } from '../../core/time.js'
import type { TokenStore } from '../../store/store.js'
import { trusted } from '../../store/trust.js'
import type { Issued, RevocationVerdict } from './known.js'
import { Reader } from './reader.js'
import { type HeadersOf, type Source, storeSource, urlSource } from './source.js'

/** The options of `followRevocations`: where the feed is, and how closely it is followed. */
export type FollowOptions = FollowTerms &
  (
    | { readonly store: TokenStore; readonly url?: never }
    | {
        /** The feed of the authorization server, as `revocationFeed` serves it; `https:`, unless `fetch` is the host's. */
        readonly url: string | URL
        readonly fetch?: Fetch
        /** Says who asks, such as `{ authorization: 'Bearer …' }`. */
        readonly headers?: HeadersOf
        readonly store?: never
      }
  )

/** How the revocation feed is followed, wherever it comes from. */
export interface FollowTerms {
  /**
   * The bound after which a revocation is felt; 5 seconds by default. Once half of it is over the next check has the feed read behind
   * its back, and once all of it is over, checks wait for that.
   */
  readonly maxStaleness?: Duration
  /** The longest life of a token, one hour by default: for so long revocations are kept in mind. Older tokens are refused. */
  readonly tokenLifetime?: Duration
  /** For one reading of the feed; 2 seconds by default. */
  readonly timeout?: Duration
  /** How many records are kept in mind; 100,000 by default. Where more change, the oldest tokens are refused instead. */
  readonly most?: number
  /** The time of this node; by default the system's clocks. */
  readonly clock?: Clock
  /** Is told `revocations.not_followed`, and about faults of the store. */
  readonly onEvent?: EventListener
}

type AllOptions = FollowTerms & Partial<Record<'store' | 'url' | 'fetch' | 'headers', unknown>>
const OPTIONS = optionsOf<AllOptions>('followRevocations', {
  store: true,
  url: true,
  fetch: true,
  headers: true,
  maxStaleness: true,
  tokenLifetime: true,
  timeout: true,
  most: true,
  clock: true,
  onEvent: true,
})

/** What has been revoked, as the feed tells. */
export interface Revocations {
  readonly freshness: Freshness & { readonly maxStaleness: number }
  /** How a token stands; waits for the feed only where what is known is past the bound. Never rejects. */
  judge(token: Issued): RevocationVerdict | Promise<RevocationVerdict>
  /** Reads the feed now, such as when a notice came that something changed. Whether that succeeded; never rejects. */
  refresh(): Promise<boolean>
  /** How old what is known is, in milliseconds; `null` where nothing is known, or no longer. */
  readonly age: number | null
  /** Stops for good: all checks are `unavailable` from then on. */
  close(): void
}

/** After a reading that failed the next one waits for so long, or for half of the bound. */
const COOLDOWN = 1000
/** How far clocks may be apart, and commits late. */
const MARGIN = 600_000
const LONGEST = 300_000

/**
 * Follows what is revoked, so that a guard refuses it within a bound and without a call for each request. Nothing runs by itself: the
 * checks that need it have the feed read, one reading at a time, however many wait for it.
 *
 * - What is known is never used past its bound: checks are then `unavailable`, 503.
 * - A follower that was away for too long, or whose feed is another one, starts anew.
 * - A token from before what the feed still tells is `too_old`, 401: a newer one can be judged.
 *
 * Throws `invalid_option`.
 *
 * @example
 * const revocations = followRevocations({ url: 'https://auth.acme.dev/revocations', headers: () => ({ authorization }) })
 * const accept = [jwts({ issuer, keys: remoteKeys(jwksUrl), revocations })]
 */
export function followRevocations(options: FollowOptions): Revocations {
  OPTIONS.check(options)
  const { most = 100_000, clock } = options
  const maxStaleness = duration(options.maxStaleness ?? '5s', '`maxStaleness`')
  const tokenLifetime = duration(options.tokenLifetime ?? '1h', '`tokenLifetime`')
  const timeout = delay(options.timeout ?? '2s', '`timeout`')
  if (maxStaleness < 1 || maxStaleness > LONGEST) throw invalid('`maxStaleness` is from 1ms to 5m')
  if (tokenLifetime < 1000) throw invalid('`tokenLifetime` is a second or more')
  if (!Number.isSafeInteger(most) || most < 1) throw invalid('`most` is a number of records')
  if (clock !== undefined && typeof clock?.now !== 'function') throw invalid('`clock` must tell the time')
  const tell = safeListener(options.onEvent)
  const source = sourceOf(options, timeout)
  const since = ageBy(clock)
  const wall = clock ?? Date
  const cooldown = Math.min(COOLDOWN, maxStaleness / 2)

  const reader = new Reader(source, most)
  /** The age of what is known: since the last reading that reached the end began. */
  let asOf: (() => number) | undefined
  let failed: (() => number) | undefined
  let running: Promise<boolean> | undefined
  let closed = false

  const read = async (): Promise<boolean> => {
    const began = since()
    let isLate = false
    try {
      const from = wall.now() - tokenLifetime - MARGIN
      isLate = (await withDeadline(() => reader.read(from, () => !isLate && !closed), timeout)) === LATE
      if (isLate || closed) throw new RangeError('the feed is too slow')
      asOf = began
      failed = undefined
      return true
    } catch {
      failed = since()
      tell({ type: 'revocations.not_followed', at: null, detail: { kept: isWithin(maxStaleness) } })
      return false
    } finally {
      running = undefined
    }
  }

  const refresh = (): Promise<boolean> => {
    if (closed) return Promise.resolve(false)
    running ??= read()
    return running
  }

  const isWithin = (bound: number): boolean => {
    const age = asOf?.()
    return reader.known !== undefined && age !== undefined && age >= 0 && age < bound
  }
  const answer = (token: Issued): RevocationVerdict =>
    (closed || !isWithin(maxStaleness) ? undefined : reader.known?.judge(token)) ?? 'unavailable'

  return Object.freeze({
    freshness: Object.freeze({ maxStaleness }),
    judge(token: Issued) {
      const mayRead = failed === undefined || !(failed() >= 0 && failed() < cooldown)
      if (isWithin(maxStaleness)) {
        if (!isWithin(maxStaleness / 2) && mayRead) refresh()
        return answer(token)
      }
      if (running === undefined && !mayRead) return 'unavailable'
      return refresh().then(() => answer(token))
    },
    refresh,
    get age() {
      return !closed && isWithin(maxStaleness) ? (asOf?.() ?? null) : null
    },
    close() {
      closed = true
      reader.forget()
    },
  })
}

function sourceOf(options: FollowOptions, timeout: number): Source {
  if ((options.store === undefined) === (options.url === undefined))
    throw invalid('the feed is that of a `store`, or at a `url`')
  if (options.store !== undefined) {
    return storeSource(trusted(checkPart('store', options.store, 'changes'), safeListener(options.onEvent)))
  }
  const { url, fetch = globalFetch, headers = () => ({}) } = options
  const address = fetchableUrl(url, options.fetch !== undefined)
  if (address === undefined) throw invalid('the feed is at an https: address, without credentials or a fragment')
  if (typeof fetch !== 'function' || typeof headers !== 'function') throw invalid('`fetch` and `headers` are functions')
  return urlSource(address, fetch, headers, timeout)
}

/** Starts to count; what it returns tells the milliseconds since, by whichever of the system's clocks says more. */
function ageBy(clock: Clock | undefined): () => () => number {
  return () => {
    const [steady, wall] = clock ? [clock, clock] : [performance, Date]
    const began = [steady.now(), wall.now()] as const
    return () => Math.max(steady.now() - began[0], wall.now() - began[1])
  }
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
