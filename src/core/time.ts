import { TokenloopError } from './errors.js'

/** Tells the time in milliseconds since 1970. A store's own unless the host or a test gives another. */
export interface Clock {
  now(): number
}

/** The milliseconds that have passed by a clock so far; while it is set back, none do. Throws for what tells no time. */
export function stopwatch(clock: Clock): () => number {
  let last: number | undefined
  let passed = 0
  return () => {
    const now = clock.now()
    if (!Number.isFinite(now)) throw new RangeError('the clock tells no time')
    passed += Math.max(0, now - (last ?? now))
    last = now
    return passed
  }
}

/** Milliseconds in each unit; a year is 365 days. */
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const

/** A length of time: a whole number of milliseconds, or a whole number with its unit, such as `'90d'`. */
export type Duration = number | `${number}${keyof typeof UNITS}`

/** The longest duration there is: a thousand years. It keeps every sum of a date and a duration a safe integer. */
const LONGEST = 1000 * UNITS.y

/** A duration in milliseconds, or `undefined` for anything that is none. */
export function parseDuration(value: unknown): number | undefined {
  const milliseconds = typeof value === 'string' ? parseText(value) : value
  const whole = typeof milliseconds === 'number' && Number.isInteger(milliseconds)
  return whole && milliseconds >= 0 && milliseconds <= LONGEST ? milliseconds : undefined
}

function parseText(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d|w|y)$/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS]
}

/** A duration in milliseconds; throws `invalid_option`, naming the option, for anything that is none. */
export function duration(value: Duration, option: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds === undefined) {
    throw new TokenloopError('invalid_option', `${option} must be a duration such as '90d' or whole milliseconds`)
  }
  return milliseconds
}

/** The same for what a timer waits: from 1ms to 24d, for longer than 24.8 days it would not wait at all. Throws `invalid_option`. */
export function delay(value: Duration, option: string): number {
  const milliseconds = duration(value, option)
  if (milliseconds >= 1 && milliseconds < 2 ** 31) return milliseconds
  throw new TokenloopError('invalid_option', `${option} must be from 1ms to 24d`)
}
