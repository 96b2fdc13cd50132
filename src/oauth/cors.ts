import type { Answer, PlainRequest } from '../core/plain.js'

/**
 * What pages of other origins may do. No cookie counts at these endpoints, so that any origin may call them, as any program may.
 */
const ANY = { 'access-control-allow-origin': '*' } as const

/** Of every answer that a page may read: with the headers that a client acts upon (RFC 9449 section 8.2, RFC 6750 section 3). */
export const SHARED = { ...ANY, 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After' } as const

/** Seconds that a browser may remember the answer. */
const REMEMBERED = '7200'

/** Whether a browser asks if a page may send what it wants to send (the CORS protocol of the fetch standard). */
export const isPreflight = ({ method, headers }: PlainRequest): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')

export const preflightAnswer = (methods: readonly string[]): Answer => ({
  status: 204,
  body: null,
  headers: {
    ...ANY,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
    'access-control-max-age': REMEMBERED,
  },
})
