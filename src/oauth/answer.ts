import { errorOf, type Refusal, statusOf } from './refusal.js'

/** Headers of every answer that is not meant for a cache. */
export const SAFE_HEADERS = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

/** What a page, or a redirect of the browser, has besides: nothing may frame it (RFC 9700 section 4.16). */
export const PAGE_HEADERS = {
  ...SAFE_HEADERS,
  'content-security-policy': "frame-ancestors 'none'",
  'x-frame-options': 'DENY',
} as const

/** Seconds after which a caller may try what was unavailable again. */
const RETRY_AFTER = '1'

/** A JSON answer that no cache keeps. */
export const jsonAnswer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...SAFE_HEADERS, ...headers },
  })

/** The answer of an endpoint that clients call (RFC 6749 section 5.2). */
export function errorAnswer(refusal: Refusal): Response {
  const { error, description } = errorOf(refusal.rule)
  const status = statusOf(refusal)
  return jsonAnswer(
    status,
    { error, error_description: description },
    { ...(status === 503 && { 'retry-after': RETRY_AFTER }), ...refusal.headers },
  )
}

/** A redirect of the browser that turns a form into a `GET` (RFC 9700 section 4.12). */
export const redirectAnswer = (location: string): Response =>
  new Response(null, { status: 303, headers: { location, ...PAGE_HEADERS } })

/** A redirect URI with parameters added to its query, which is otherwise kept as it is (RFC 6749 section 3.1.2). */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const joint = !uri.includes('?') ? '?' : uri.endsWith('?') || uri.endsWith('&') ? '' : '&'
  return `${uri}${joint}${query}`
}
