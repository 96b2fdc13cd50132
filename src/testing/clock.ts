import { TokenloopError } from '../core/errors.js'
import { type Clock, type Duration, duration } from '../core/time.js'

/** A clock that a test sets. */
export interface TestClock extends Clock {
  /** Moves on. Throws `invalid_option` for anything that is no duration. */
  advance(by: Duration): void
  /** Sets it to a moment, in milliseconds since 1970, even back. Throws `invalid_option` for anything that is none. */
  set(to: number): void
}

const START = Date.UTC(2026, 0, 1)

/**
 * A clock that stands still until it is told to move. It starts with the year 2026, or at `start`, in milliseconds since 1970.
 *
 * @example
 * const clock = createClock()
 * const store = memoryStore({ clock })
 * clock.advance('91d')
 */
export function createClock(start: number = START): TestClock {
  let now = moment(start)
  return {
    now: () => now,
    advance(by) {
      now += duration(by, 'advance')
    },
    set(to) {
      now = moment(to)
    },
  }
}

function moment(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new TokenloopError('invalid_option', 'a clock is set to whole milliseconds since 1970')
}
