import type { BudgetState } from '../store/store.js'

/** The largest integer of a structured field (RFC 9651 section 3.3.1). */
const LARGEST = 999_999_999_999_999
const integer = (value: number) => Math.min(LARGEST, Math.max(0, Math.ceil(value)))
const seconds = (milliseconds: number) => integer(milliseconds / 1000)

/**
 * The `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10): each limit by name, with its quota and
 * the seconds in which all of it comes back; what remains of it, and the seconds until more does.
 */
export function rateLimitHeaders(limits: readonly BudgetState[]): Readonly<Record<string, string>> {
  if (limits.length === 0) return {}
  const policies = limits.map(({ name, limit, every, refill }) => {
    const window = every === null ? '' : `;w=${seconds(every * Math.ceil(limit / refill))}`
    return `"${name}";q=${integer(limit)}${window}`
  })
  const states = limits.map(({ name, remaining, moreAfter }) => {
    const reset = moreAfter === null ? '' : `;t=${seconds(moreAfter)}`
    return `"${name}";r=${integer(remaining)}${reset}`
  })
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: states.join(', ') }
}

/** `Retry-After` in whole seconds, at least one; absent where trying again is of no use. */
export const retryAfterHeader = (milliseconds: number | null | undefined): Readonly<Record<string, string>> =>
  typeof milliseconds === 'number' ? { 'Retry-After': String(Math.max(1, seconds(milliseconds))) } : {}
