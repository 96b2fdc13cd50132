import { AnswerLost } from './faults.js'

/** How often something is repeated whose answer is lost: all connections of a pool may have broken at once. */
const REPEATS = 3

/**
 * Repeats what decides by itself whether it took place before, as long as its answer is lost. Where it was the deadline that passed
 * it is repeated once, so that nobody waits longer than twice as long. `wasLost` tells that an earlier try may have taken place.
 */
export async function despiteLoss<T>(attempt: (wasLost: boolean) => Promise<T>): Promise<T> {
  for (let left = REPEATS; ; ) {
    try {
      return await attempt(left < REPEATS)
    } catch (error) {
      if (!(error instanceof AnswerLost) || left <= 0) throw error
      left -= error.isLate ? REPEATS : 1
    }
  }
}
