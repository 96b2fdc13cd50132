import { optionsOf } from '../core/options.js'
import { around } from './around.js'
import type { TokenStore } from './store.js'

/** How long a store takes: before and after each call, between `min` and `max` milliseconds. */
export interface Latency {
  /** Milliseconds; 0 by default. */
  readonly min?: number
  /** Milliseconds; 2 by default. */
  readonly max?: number
  /** The same seed gives the same waits; 1 by default. */
  readonly seed?: number
}

const LATENCY = optionsOf<Latency>('a latency', { min: true, max: true, seed: true })

/**
 * A store that takes its time, before and after each call, so that calls interleave as they do over a network: a store that
 * answers at once hides races.
 *
 * @example
 * const store = slowStore(memoryStore(), { seed: 7, max: 5 })
 */
export function slowStore(store: TokenStore, latency: Latency = {}): TokenStore {
  LATENCY.check(latency)
  const { min = 0, max = 2, seed = 1 } = latency
  const random = seeded(seed)
  // A timer even for no time at all: other calls go on meanwhile, which they would not before a mere microtask.
  const wait = () => new Promise((resolve) => setTimeout(resolve, Math.round(min + random() * (max - min))))
  return around(store, async (_, run) => {
    await wait()
    try {
      return await run()
    } finally {
      await wait()
    }
  })
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
