import { type Html, html } from '../../shared/html.js'

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const SECOND = 1000
const DAY = 86_400 * SECOND

/** The largest unit of which there are at least so many milliseconds. */
const UNITS = [
  ['year', 730 * DAY, 365 * DAY],
  ['month', 100 * DAY, 30.4 * DAY],
  ['day', DAY, DAY],
  ['hour', 3600 * SECOND, 3600 * SECOND],
  ['minute', 60 * SECOND, 60 * SECOND],
] as const

/** `3 minutes ago`, `in 90 days`, `just now`. */
export function relative(at: number, now: number): string {
  const distance = at - now
  const found = UNITS.find(([, from]) => Math.abs(distance) >= from)
  if (found === undefined) return distance > 0 ? 'in a moment' : 'just now'
  const [unit, , length] = found
  return RELATIVE.format(Math.round(distance / length), unit)
}

/** A moment as people speak of it; exactly, for those who point at it, and for programs. */
export const when = (at: number, now: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}" title="${EXACT.format(at)} UTC">${relative(at, now)}</time>`
