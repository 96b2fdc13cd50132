import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import { type Duration, duration } from '../core/time.js'

/** How long things live. */
export interface Lifetimes<Time = Duration> {
  /** A code, from 1 second to 10 minutes; 60 seconds by default. */
  readonly code: Time
  /** An access token; 10 minutes by default. */
  readonly access: Time
  /** A refresh token that is not used; 30 days by default. */
  readonly refreshIdle: Time
  /** An authorization, however often it is refreshed; a year by default. */
  readonly refresh: Time
  /** Within what time after a rotation a repeat gets the same successor; 30 seconds by default, 0 turns it off, at most 5 minutes. */
  readonly refreshWindow: Time
  /** How long a user may take to consent; 15 minutes by default. */
  readonly interaction: Time
  /** A pushed authorization request (RFC 9126); 90 seconds by default, from 5 seconds to 10 minutes. */
  readonly pushed: Time
  /** A device code (RFC 8628); 15 minutes by default. */
  readonly device: Time
  /** An ID token; an hour by default. */
  readonly id: Time
  /** A dynamic client that nobody ever used; 7 days by default. */
  readonly unusedClient: Time
  /** A dynamic client that has no grant any more, since it was last used; 180 days by default. */
  readonly idleClient: Time
  /** What is kept of what has ended, for the list of apps and the audit trail; a year by default. */
  readonly audit: Time
}

const DEFAULTS: Lifetimes = {
  code: '60s',
  access: '10m',
  refreshIdle: '30d',
  refresh: '1y',
  refreshWindow: '30s',
  interaction: '15m',
  pushed: '90s',
  device: '15m',
  id: '1h',
  unusedClient: '7d',
  idleClient: '180d',
  audit: '1y',
}

const OPTIONS = optionsOf<Partial<Lifetimes>>('lifetimes', DEFAULTS)

/** From and to how many milliseconds each may last; the others are at least a second. */
const BOUNDS: { readonly [L in keyof Lifetimes]?: readonly [least: number, most: number] } = {
  code: [1000, 600_000],
  refreshWindow: [0, 300_000],
  pushed: [5000, 600_000],
}

/** The lifetimes in milliseconds. Throws `invalid_option`. */
export function lifetimesOf(given: Partial<Lifetimes> = {}): Lifetimes<number> {
  OPTIONS.check(given)
  const read = Object.entries(DEFAULTS).map(([name, usual]) => {
    const value = duration(given[name as keyof Lifetimes] ?? usual, `lifetimes.${name}`)
    const [least, most] = BOUNDS[name as keyof Lifetimes] ?? [1000, Infinity]
    if (value < least || value > most) throw new TokenloopError('invalid_option', `lifetimes.${name} is out of bounds`)
    return [name, value]
  })
  return Object.fromEntries(read)
}
