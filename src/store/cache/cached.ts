import { TokenloopError } from '../../core/errors.js'
import { checkPart, optionsOf } from '../../core/options.js'
import { type Clock, type Duration, duration } from '../../core/time.js'
import { around } from '../around.js'
import type { Kind } from '../records.js'
import type { Capabilities, Read, ReadOptions, ReadWith, TokenStore } from '../store.js'
import { LateReads } from './late.js'
import { createPassing } from './passing.js'

/** The options of `cached`. */
export interface CacheOptions {
  /**
   * The bound, from 1 millisecond to 5 minutes: a check that begins so long after another instance's change returned goes by it. It is
   * what a revocation takes at the worst to be felt everywhere.
   */
  readonly maxStaleness: Duration
  /** How many answers are kept at the most; 10,000 by default. Those that were read longest ago make room. */
  readonly max?: number
  /** Tells how much time passes, in milliseconds from any beginning: a steady clock. The system's by default. */
  readonly clock?: Clock
}

/** A store that answers reads asked for as `late` out of the memory of this process, within a bound. All else it passes on. */
export interface CachedStore extends TokenStore {
  readonly capabilities: Capabilities & { readonly linearizable: false; readonly maxStaleness: number }
}

const OPTIONS = optionsOf<CacheOptions>('cached', { maxStaleness: true, max: true, clock: true })
const LONGEST = 300_000

/**
 * A store whose checks are answered from memory for as long as the bound allows.
 *
 * | | |
 * |---|---|
 * | may be late | `getWith` where it is asked for as `late`, which only `verify` and the guards do: by `maxStaleness`, and that there is no such record by a second at the most |
 * | is never late | every other read: whatever decides a change, a gift, a rotation or a refresh, an actor's own token, every list |
 * | is felt at once | whatever is written through this very store, one token or an account with all that hangs on it; also where the answer of the write was lost |
 * | is not put off | an expiry, a beginning, the end of an overlap: where one is due the store is asked, and judges by its own clock |
 * | is not kept | a failure, and a row that is not what the library wrote |
 *
 * Many that ask for the same at once cost one read. A store that fails is `unavailable` as soon as the bound is over: nothing is given
 * out beyond it. Limits, single-use entries and last use are the store's own. What the process writes must be written through the same
 * cached store; what goes past it counts as another instance's.
 *
 * Throws `invalid_option` for a bound or a size that is none, and over a store that is not linearizable: it could not keep the bound.
 *
 * @example
 * const store = cached(postgresStore(pool), { maxStaleness: '5s', max: 10_000 })
 * const tokens = createTokens({ store, catalogue, prefix: 'acme' })
 */
export function cached(store: TokenStore, options: CacheOptions): CachedStore {
  OPTIONS.check(options)
  const maxStaleness = duration(options.maxStaleness, 'maxStaleness')
  const { max = 10_000, clock } = options
  if (maxStaleness < 1 || maxStaleness > LONGEST || !Number.isSafeInteger(max) || max < 1) {
    throw new TokenloopError('invalid_option', 'maxStaleness is from 1ms to 5m, and max a whole number above 0')
  }
  if (checkPart('store', store, 'getWith', 'write').capabilities?.linearizable !== true) {
    throw new TokenloopError('invalid_option', 'behind a cache there is a linearizable store, and no other cache')
  }

  const late = new LateReads(store, createPassing(clock), maxStaleness, max)
  const noticed = async <R extends Read<Kind>>(kind: Kind, id: string, reading: Promise<R>): Promise<R> => {
    const read = await reading
    late.notice(kind, id, read?.version)
    return read
  }
  const passedOn = around(store, (_, run) => run())
  return {
    ...passedOn,
    capabilities: Object.freeze({ ...store.capabilities, linearizable: false, maxStaleness }),
    get: (kind, id) => noticed(kind, id, store.get(kind, id)),
    getWith<K extends Kind>(kind: K, id: string, options?: ReadOptions) {
      if (options?.late !== true) return noticed(kind, id, store.getWith(kind, id))
      return late.get(kind, id) as Promise<ReadWith<K>>
    },
    async write(kind, id, expected, next, options) {
      try {
        return await store.write(kind, id, expected, next, options)
      } finally {
        // Whatever the answer is, and also where there is none: it may have been written.
        late.forget(kind, id)
      }
    },
  }
}
