import { TokenloopError } from '../core/errors.js'
import { type EventListener, safeListener } from '../core/event.js'
import { type Fetch, globalFetch } from '../core/fetch-bytes.js'
import { optionsOf } from '../core/options.js'
import { type Clock, type Duration, delay, duration, stopwatch } from '../core/time.js'
import type { PoolOptions } from './engine/engine.js'
import { hasAllOf, type KeySet, keyOf } from './key-set.js'
import type { NoKey, VerificationKey, VerificationKeys } from './types.js'

/** The options of `remoteKeys` and `discoveredKeys`. */
export interface RemoteKeysOptions extends PoolOptions {
  /** Fetches instead of the runtime's `fetch`, and may then be given an `http:` address too. */
  readonly fetch?: Fetch
  /** How old the keys may become before they are looked at again; 10 minutes by default. A key that was removed is refused then. */
  readonly maxAge?: Duration
  /** How long the last good keys serve while no others can be had; a day by default. */
  readonly keepFor?: Duration
  /** The time between two looks, whatever tokens name; 30 seconds by default, at least one. */
  readonly cooldown?: Duration
  /** For a whole answer; 5 seconds by default. */
  readonly timeout?: Duration
  /** Is told `keys.not_fetched`. */
  readonly onEvent?: EventListener
  /** The time by which keys age; by default one that nobody sets. */
  readonly clock?: Clock
}

/** Every option, by name. */
export const REMOTE_KEYS = optionsOf<RemoteKeysOptions>('remoteKeys', {
  fetch: true,
  maxAge: true,
  keepFor: true,
  cooldown: true,
  timeout: true,
  onEvent: true,
  clock: true,
  inPool: true,
})

/** Fetches the keys once, each answer within so many milliseconds; or says why there are none. Never rejects. */
export type LoadKeys = (fetch: Fetch, timeout: number) => Promise<KeySet | string>

/** Keys that are fetched when they are first needed, and kept; `about` says whose in `keys.not_fetched`. Throws `invalid_option`. */
export function fetchedKeys(about: string, options: RemoteKeysOptions, load: LoadKeys): VerificationKeys {
  const { maxAge, keepFor, cooldown, timeout } = readTimes(options)
  const { fetch = globalFetch, clock = performance } = options
  if (typeof fetch !== 'function') throw invalid('`fetch` must be a function')
  if (typeof clock?.now !== 'function') throw invalid('`clock` must tell the time')
  const tell = safeListener(options.onEvent)
  const passed = stopwatch(clock)

  let known: { readonly keys: KeySet; readonly asOf: number } | undefined
  let running: Promise<void> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let failedAt: number | undefined
  let revision = 0

  const letGo = (after?: KeySet) => {
    if (known !== undefined && !(after && hasAllOf(after, known.keys))) revision++
  }

  const look = async (now: number): Promise<void> => {
    lookedAt = now
    const outcome = await load(fetch, timeout)
    running = undefined
    if (typeof outcome !== 'string') {
      letGo(outcome)
      known = { keys: outcome, asOf: now }
      failedAt = undefined
      return
    }
    failedAt = now
    const detail = { reason: outcome, kept: known !== undefined }
    tell({ type: 'keys.not_fetched', at: null, about, detail })
  }

  /** The look that is under way, or one that may begin now; nothing within the cooldown. */
  const lookAgain = (now: number): Promise<void> | undefined => {
    if (running === undefined && now - lookedAt >= cooldown) running = look(now)
    return running
  }

  /** Lets go of keys that are past their limit, and looks for others in time. */
  const keepFresh = (now: number): void => {
    if (known === undefined) return
    if (now - known.asOf >= keepFor) {
      letGo()
      known = undefined
    } else if (now - known.asOf >= maxAge / 2) lookAgain(now)
  }

  /** Whether the keys at hand are too old to be used without a look, which those of an issuer that does not answer are not. */
  const isOverdue = (now: number): boolean =>
    known === undefined || (now - known.asOf >= maxAge && !(failedAt !== undefined && now - failedAt < maxAge))

  const answer = (kid: string | undefined): VerificationKey | NoKey => {
    const found = known === undefined ? 'unknown_key' : keyOf(known.keys, kid)
    const isInDoubt = known === undefined || failedAt !== undefined
    return found === 'unknown_key' && isInDoubt ? 'unavailable' : found
  }

  const find = (kid: string | undefined, now: number) => {
    keepFresh(now)
    const found = answer(kid)
    const isMissing = found === 'unknown_key' || found === 'unavailable'
    const pending = isMissing || isOverdue(now) ? lookAgain(now) : undefined
    return pending === undefined ? found : pending.then(() => answer(kid))
  }

  return Object.freeze({
    find(kid: string | undefined) {
      try {
        return find(kid, passed())
      } catch {
        return 'unavailable'
      }
    },
    get revision() {
      keepFresh(passed())
      return revision
    },
  })
}

const LEAST_COOLDOWN = 1000

function readTimes(options: RemoteKeysOptions) {
  const maxAge = duration(options.maxAge ?? '10m', '`maxAge`')
  const keepFor = duration(options.keepFor ?? '1d', '`keepFor`')
  const cooldown = duration(options.cooldown ?? '30s', '`cooldown`')
  const timeout = delay(options.timeout ?? '5s', '`timeout`')
  if (cooldown < LEAST_COOLDOWN) throw invalid('`cooldown` must be at least a second')
  if (maxAge < cooldown || keepFor < maxAge)
    throw invalid('`cooldown`, `maxAge` and `keepFor` must not shrink in this order')
  return { maxAge, keepFor, cooldown, timeout }
}

const invalid = (message: string) => new TokenloopError('invalid_option', message)
