import { TokenloopError } from '../core/errors.js'
import { type Event, type EventListener, safeListener } from '../core/event.js'
import { optionsOf } from '../core/options.js'
import { createOrder } from '../core/order.js'
import { createSealer, type Sealer, type SealingKey } from '../core/seal.js'
import { type Clock, type Duration, duration } from '../core/time.js'
import { type Audit, createAudit } from '../store/audit.js'
import { freshnessOf } from '../store/freshness.js'
import type { TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'
import type { PoolOptions } from './engine/engine.js'
import type { Terms } from './stage.js'

/** The options of `managedKeys`. */
export interface ManagedKeysOptions extends PoolOptions {
  readonly store: TokenStore
  /** The keys under which private halves are kept: the first one seals, all of them open. */
  readonly sealWith: readonly SealingKey[]
  /** How long resource servers may keep what they fetched; 10 minutes by default. `max-age` of the JWKS document. */
  readonly cacheFor?: Duration
  /** The longest life of a token; one hour by default. For so long after its last signature a key stays published. */
  readonly tokenLifetime?: Duration
  /** How long a process goes on with the keys that it last read while the store does not answer; 5 minutes by default. */
  readonly outage?: Duration
  /** How long a key signs before the next one takes over; 90 days by default. `'never'` leaves it to `rotate`. */
  readonly rotateEvery?: Duration | 'never'
  /** How long the audit trail is kept; one year by default. */
  readonly retention?: { readonly audit?: Duration }
  /** Counts the time since a read of the store, whose own clock decides; the system's clocks by default. */
  readonly clock?: Clock
  /** Told about every change, and every fault. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<ManagedKeysOptions>('managedKeys', {
  inPool: true,
  store: true,
  sealWith: true,
  cacheFor: true,
  tokenLifetime: true,
  outage: true,
  rotateEvery: true,
  retention: true,
  clock: true,
  onEvent: true,
})
const RETENTION = optionsOf<NonNullable<ManagedKeysOptions['retention']>>('retention', { audit: true })

/** Starts to count; what it returns tells the milliseconds since. */
export type Stopwatch = () => () => number

/** What every operation on keys works with: the options, read once. */
export interface KeyContext {
  readonly store: TokenStore
  readonly sealer: Sealer
  readonly pool: PoolOptions
  readonly stopwatch: Stopwatch
  readonly terms: Terms
  /** Milliseconds. */
  readonly cacheFor: number
  readonly tokenLifetime: number
  readonly outage: number
  readonly audit: Audit
  readonly order: (now: number) => number
  readonly tell: (event: Event) => void
  /** How many records were left out of what was read, since they are not what was written. */
  readonly corrupt: () => number
}

const LEAST = 1000
/** The most that a verifier may be told to allow for clocks: it accepts a token for so long after its end. */
const CLOCK_SKEW = 300_000
/** Longer than any process can have stalled that still means to make the first key of all. */
const TOMBSTONE = '30d'

/** Reads the options. Throws `invalid_option`, and `key_unavailable` where no usable sealing key is given. */
export function createKeyContext(options: ManagedKeysOptions): KeyContext {
  OPTIONS.check(options)
  const { rotateEvery = '90d', retention = {} } = options
  RETENTION.check(retention)
  const tell = safeListener(options.onEvent)
  freshnessOf(options.store)
  if (options.store.capabilities.durable !== true) tell({ type: 'store.not_durable', at: null })
  let corrupt = 0
  const store = trusted(options.store, (event) => {
    if (event.type === 'store.corrupt') corrupt++
    tell(event)
  })
  const cacheFor = interval(options.cacheFor ?? '10m', 'cacheFor')
  const tokenLifetime = interval(options.tokenLifetime ?? '1h', 'tokenLifetime')
  const outage = interval(options.outage ?? '5m', 'outage')
  return {
    store,
    sealer: sealerOf(options.sealWith),
    pool: { inPool: options.inPool ?? false },
    stopwatch: stopwatchOf(options.clock),
    terms: {
      lead: cacheFor + outage,
      retirement: outage + tokenLifetime + CLOCK_SKEW,
      rotateEvery: rotateEvery === 'never' ? null : interval(rotateEvery, 'rotateEvery'),
      tombstone: duration(TOMBSTONE, 'tombstone'),
    },
    cacheFor,
    tokenLifetime,
    outage,
    audit: createAudit(retention.audit),
    order: createOrder(),
    tell,
    corrupt: () => corrupt,
  }
}

function interval(value: Duration, option: string): number {
  const milliseconds = duration(value, option)
  if (milliseconds < LEAST) throw new TokenloopError('invalid_option', `${option} must be a second or more`)
  return milliseconds
}

function sealerOf(keys: readonly SealingKey[]): Sealer {
  try {
    return createSealer(keys)
  } catch (cause) {
    throw new TokenloopError(
      'key_unavailable',
      '`sealWith` must name the keys that signing keys are sealed with, each with an id of its own and a Uint8Array of 32 bytes',
      { cause },
    )
  }
}

/** The system has two: one that is set back now and then, and one that may stand still while the machine sleeps. */
function stopwatchOf(clock: Clock | undefined): Stopwatch {
  if (clock === undefined) {
    return () => {
      const [ticks, date] = [performance.now(), Date.now()]
      return () => Math.floor(Math.max(performance.now() - ticks, Date.now() - date))
    }
  }
  return () => {
    const start = clock.now()
    return () => clock.now() - start
  }
}
