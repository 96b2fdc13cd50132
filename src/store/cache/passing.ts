import type { Clock } from '../../core/time.js'

/** A moment, by two clocks. */
export interface Moment {
  readonly steady: number
  readonly wall: number
}

/** Tells how much time passes, whatever is done to the clock of the node. */
export interface Passing {
  now(): Moment
  /** Milliseconds; below 0, or no number, where the clock cannot be believed. */
  since(moment: Moment): number
}

/**
 * By the system's clocks, or by one that is given. The steady clock stands still while the machine sleeps, and the other one may be set
 * back: whichever says that more time has passed is believed.
 */
export function createPassing(clock?: Clock): Passing {
  const steady: Clock = clock ?? performance
  const wall: Clock = clock ?? Date
  return {
    now: () => ({ steady: steady.now(), wall: wall.now() }),
    since: (moment) => Math.max(steady.now() - moment.steady, wall.now() - moment.wall),
  }
}
