import { TokenloopError } from '../core/errors.js'
import { type Duration, duration } from '../core/time.js'
import type { SignIn } from './accept.js'

/** How and when the user has to have signed in. */
export interface StepUpInput {
  /** One of these has to be the `acr` of the token, in order of preference. */
  readonly acr?: string | readonly string[]
  /** How long ago the user may have signed in (`auth_time`); whole seconds. */
  readonly maxAge?: Duration
}

/** The same, checked. Times are milliseconds. */
export interface StepUp {
  readonly acr: readonly string[]
  readonly maxAge: number | undefined
}

/** What may stand in `acr_values` of a challenge: no space, which separates them, and no quote. */
const ACR = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/

/** What is asked for, or `undefined` for nothing. Throws `invalid_option`. */
export function readStepUp({ acr, maxAge }: StepUpInput): StepUp | undefined {
  if (acr === undefined && maxAge === undefined) return undefined
  const values = acr === undefined ? [] : typeof acr === 'string' ? [acr] : [...acr]
  // An empty list must not pass for asking for nothing.
  if (acr !== undefined && !(values.length > 0 && values.every((value) => ACR.test(value)))) {
    throw new TokenloopError('invalid_option', '`acr` names authentication contexts, as a text or a list of texts')
  }
  return { acr: values, maxAge: maxAge === undefined ? undefined : duration(maxAge, '`maxAge`') }
}

/** By how much an issuer's clock may be ahead. */
const MOST_AHEAD = 60_000

/** Whether the user signed in as is asked (RFC 9470 section 3). What the issuer does not say does not do. */
export function isSignedIn({ acr, maxAge }: StepUp, signIn: SignIn | undefined): boolean {
  if (signIn === undefined) return false
  const isInTime = maxAge === undefined || (signIn.age !== null && signIn.age >= -MOST_AHEAD && signIn.age <= maxAge)
  return isInTime && (acr.length === 0 || (signIn.acr !== null && acr.includes(signIn.acr)))
}
