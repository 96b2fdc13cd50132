import type { PublicJwk } from './types.js'

const HEADERS = { 'content-type': 'application/jwk-set+json', 'x-content-type-options': 'nosniff' } as const
/** Seconds after which keys that could not be had may be asked for again. */
const RETRY_AFTER = '1'

/** A JWKS document (RFC 7517 section 5) that may be kept for so many milliseconds. Of a key it has the public members by name. */
export function jwksResponse(keys: readonly PublicJwk[], cacheFor: number): Response {
  const published = keys.map(({ kty, crv, x, y, kid, alg, use }) => ({ kty, crv, x, y, kid, alg, use }))
  return new Response(JSON.stringify({ keys: published }), {
    headers: { ...HEADERS, 'cache-control': `public, max-age=${Math.floor(cacheFor / 1000)}` },
  })
}

/** What is served where the keys cannot be had: whoever knows them already goes on with those. */
export const noJwksResponse = (): Response =>
  new Response('{"error":"temporarily_unavailable"}', {
    status: 503,
    headers: {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'retry-after': RETRY_AFTER,
    },
  })
