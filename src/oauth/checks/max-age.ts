import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** Seconds since the user signed in, as a whole number (OpenID Connect Core section 3.1.2.1). */
export const checkMaxAge = (parameters: Parameters): Rule | undefined =>
  /^\d{1,10}$/.test(parameters.get('max_age') ?? '0') ? undefined : 'max_age_malformed'

/** Milliseconds; `undefined` where a request does not say. */
export function maxAgeIn(parameters: Parameters): number | undefined {
  const text = parameters.get('max_age')
  return text === undefined ? undefined : Number(text) * 1000
}
