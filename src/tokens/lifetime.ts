import { TokenloopError } from '../core/errors.js'
import { type Duration, duration, parseDuration } from '../core/time.js'
import type { TokenFields } from './types.js'

/** A lifetime that the host allows; `'any'` stands for any that ends, `'never'` for one that does not. */
export type Lifetime = Duration | 'any' | 'never'

/** Turns what a caller asks for into an expiry, in milliseconds since 1970 or `null` for never. */
export type ExpiryRule = (asked: AskedExpiry, now: number) => number | null

/** The end that a caller asks for: `undefined` for none in particular. */
export interface AskedExpiry {
  readonly expiresIn?: TokenFields<string, string>['expiresIn'] | undefined
  readonly expiresAt?: TokenFields<string, string>['expiresAt'] | undefined
}

/** What a token gets where the host allows any lifetime and the caller names none. */
const BY_DEFAULT = '1y'

/**
 * Makes the rule of the host's `lifetimes`. A token without end takes `'never'` among them. Where nothing is asked for, it is
 * `'never'` if that is allowed, one year if any is, and a refusal otherwise.
 */
export function expiryRule(lifetimes: readonly Lifetime[] = ['any']): ExpiryRule {
  if (!Array.isArray(lifetimes) || lifetimes.length === 0)
    throw new TokenloopError('invalid_option', 'lifetimes must be a list that allows something')
  const any = lifetimes.includes('any')
  const never = lifetimes.includes('never')
  const exact = new Set(lifetimes.filter(isDuration).map((lifetime) => duration(lifetime, 'lifetimes')))

  const endless = () => {
    if (!never) throw notAllowed()
    return null
  }
  const lasting = (milliseconds: number, now: number) => {
    if (!(milliseconds > 0)) throw invalid()
    if (!any && !exact.has(milliseconds)) throw notAllowed()
    return now + milliseconds
  }

  return ({ expiresIn, expiresAt }, now) => {
    if (expiresIn !== undefined && expiresAt !== undefined) throw invalid()
    if (expiresIn === 'never' || expiresAt === null) return endless()
    if (expiresIn !== undefined) return lasting(parseDuration(expiresIn) ?? Number.NaN, now)
    if (expiresAt !== undefined) return lasting(moment(expiresAt, 'invalid_expiry') - now, now)
    return never || !any ? endless() : lasting(duration(BY_DEFAULT, 'lifetimes'), now)
  }
}

/** The last moment that a date can hold. */
const LATEST = 8.64e15

/** A date, or milliseconds since 1970, in milliseconds. */
export function moment(value: Date | number, code: 'invalid_expiry' | 'invalid_input'): number {
  const milliseconds = value instanceof Date ? value.getTime() : value
  if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds > LATEST) {
    throw new TokenloopError(code, 'a moment is a date, or whole milliseconds since 1970')
  }
  return milliseconds
}

const isDuration = (lifetime: Lifetime): lifetime is Duration => lifetime !== 'any' && lifetime !== 'never'
const invalid = () =>
  new TokenloopError(
    'invalid_expiry',
    "an expiry lies in the future: `expiresIn`, such as '90d' or milliseconds, or `expiresAt`, and not both",
  )
const notAllowed = () => new TokenloopError('lifetime_not_allowed', 'this lifetime is not among those that are allowed')
