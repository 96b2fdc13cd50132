import type { Answer } from '../core/plain.js'
import type { ResponseParameter } from './checks/redirect-uri.js'
import { SHARED } from './cors.js'
import { errorOf, type Refusal, statusOf } from './refusal.js'

/** Headers of every answer: no page may frame it, and nothing in it is ever run (RFC 9700 sections 4.2 and 4.16). */
const GUARDED = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"

/** Headers of every answer that is not meant for a cache. */
const NOT_KEPT = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

/** Of every answer to a program. */
const GUARDED_ANSWER = { ...GUARDED, 'content-security-policy': NOTHING_RUNS } as const

/** What an answer to a program has, by whether pages of other origins may read it: one for caches, and one that is not kept. */
const SEALS = {
  own: { kept: GUARDED_ANSWER, notKept: { ...NOT_KEPT, ...GUARDED_ANSWER } },
  shared: { kept: { ...GUARDED_ANSWER, ...SHARED }, notKept: { ...NOT_KEPT, ...GUARDED_ANSWER, ...SHARED } },
} as const

/** What a page, or a redirect of the browser, has: a policy of the host's own comes on top. */
export const PAGE_HEADERS = { ...NOT_KEPT, ...GUARDED, 'content-security-policy': "frame-ancestors 'none'" } as const

/** Seconds after which a caller may try what was unavailable again. */
const RETRY_AFTER = '1'

const JSON_TYPE = { 'content-type': 'application/json' } as const

/** A JSON answer that no cache keeps, unless its headers say so. */
export const jsonAnswer = (status: number, body: unknown, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body),
})

/** A document that caches may keep for so many seconds. */
export const documentAnswer = (body: unknown, seconds: number): Answer =>
  jsonAnswer(200, body, { 'cache-control': `public, max-age=${seconds}` })

/** The answer of an endpoint that clients call (RFC 6749 section 5.2). */
export function errorAnswer(refusal: Refusal): Answer {
  const { error, description } = errorOf(refusal.rule)
  const status = statusOf(refusal)
  return jsonAnswer(
    status,
    { error, error_description: description },
    { ...(status === 503 && { 'retry-after': RETRY_AFTER }), ...refusal.headers },
  )
}

/**
 * An answer with the headers that every one has, and those for pages of other origins where they may read it; without its body where it
 * answers `HEAD`. What it says itself stays.
 */
export function sealed({ status, headers, body }: Answer, isShared: boolean, isHead: boolean): Answer {
  const seal = (isShared ? SEALS.shared : SEALS.own)['cache-control' in headers ? 'kept' : 'notKept']
  return { status, headers: Object.assign({}, seal, headers), body: isHead ? null : body }
}

/** A redirect of the browser that turns a form into a `GET` (RFC 9700 section 4.12). */
export const redirectAnswer = (location: string): Answer => ({
  status: 303,
  headers: Object.assign({ location }, PAGE_HEADERS),
  body: null,
})

/** A redirect URI with parameters added to its query, which is otherwise kept as it is (RFC 6749 section 3.1.2). */
export function withParameters(
  uri: string,
  parameters: { readonly [P in ResponseParameter]?: string | undefined },
): string {
  let joint = !uri.includes('?') ? '?' : uri.endsWith('?') || uri.endsWith('&') ? '' : '&'
  let full = uri
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    full += `${joint}${name}=${encodeURIComponent(value)}`
    joint = '&'
  }
  return full
}
