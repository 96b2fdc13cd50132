/** Milliseconds: what nothing is said of is kept for, and the most that anything is. */
const USUAL = 5 * 60_000
const MOST = 24 * 3_600_000

/**
 * How long an answer may be kept, by its headers (RFC 9111 section 4.2), within a day: what forbids it, contradicts itself or cannot be
 * read is stale at once.
 */
export function freshFor(headers: Headers, now: number): number {
  if (headers.get('vary')?.includes('*')) return 0
  const control = headers.get('cache-control')
  const age = secondsOf(headers.get('age') ?? '0') ?? Infinity
  if (control !== null) return clamp(lifetimeOf(control) - age * 1000)
  const expires = headers.get('expires')
  return expires === null ? USUAL : clamp(Date.parse(expires) - now)
}

function lifetimeOf(control: string): number {
  const directives = new Map<string, string>()
  for (const part of control.toLowerCase().split(',')) {
    const [name = '', value = ''] = part.trim().split('=')
    if (directives.has(name)) return 0
    directives.set(name, value.replace(/^"(.*)"$/, '$1'))
  }
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return 0
  const seconds = directives.get('s-maxage') ?? directives.get('max-age')
  return seconds === undefined ? USUAL : (secondsOf(seconds) ?? 0) * 1000
}

const secondsOf = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

const clamp = (milliseconds: number): number => (milliseconds > 0 ? Math.min(milliseconds, MOST) : 0)
