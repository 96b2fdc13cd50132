import type { BudgetState } from '../store/store.js'

const seconds = (milliseconds: number) => Math.max(0, Math.ceil(milliseconds / 1000))

/**
 * The `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers): each limit by name, with its quota and
 * window, what remains of it, and the seconds until all of it is back.
 */
export function rateLimitHeaders(limits: readonly BudgetState[]): Readonly<Record<string, string>> {
  if (limits.length === 0) return {}
  const policies = limits.map(
    ({ name, limit, every }) => `"${name}";q=${limit}${every === null ? '' : `;w=${seconds(every)}`}`,
  )
  const states = limits.map(
    ({ name, remaining, fullAfter }) =>
      `"${name}";r=${remaining}${fullAfter === null ? '' : `;t=${seconds(fullAfter)}`}`,
  )
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: states.join(', ') }
}

/** `Retry-After` in whole seconds, at least one; absent where trying again is of no use. */
export const retryAfterHeader = (milliseconds: number | null | undefined): Readonly<Record<string, string>> =>
  typeof milliseconds === 'number' ? { 'Retry-After': String(Math.max(1, seconds(milliseconds))) } : {}
