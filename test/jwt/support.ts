import { createPrivateKey, sign } from 'node:crypto'
import { toBase64url, utf8 } from '../../src/core/bytes.js'
import { generateKey, publicJwkOf, verificationKey } from '../../src/jwt/jwk.js'
import type { PrivateJwk, PublicJwk, VerificationKey, VerificationKeys } from '../../src/jwt/types.js'

export const ISSUER = 'https://as.test'
export const RESOURCE = 'https://rs.test/mcp'

/** Seconds since 1970. */
export const NOW = 2_000_000_000

export const b64 = (text: string) => toBase64url(utf8(text))

type Part = string | Readonly<Record<string, unknown>>
const textOf = (part: Part) => (typeof part === 'string' ? part : JSON.stringify(part))

/** A key that signs whatever it is given, proper or not. */
export interface TestKey {
  readonly jwk: PublicJwk
  readonly key: VerificationKey
  /** The signature of any bytes. */
  sign(data: Uint8Array): Uint8Array
  /** A compact JWS of a header and a payload, each given as an object or as its very text. */
  token(header: Part, payload: Part): string
}

export async function makeKey(pair?: PrivateJwk): Promise<TestKey> {
  const { d, ...jwk } = pair ?? (await generateKey())
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, d }, format: 'jwk' })
  const signed = (data: Uint8Array) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
  return {
    jwk,
    key: await verificationKey(publicJwkOf(jwk)),
    sign: signed,
    token(header, payload) {
      const input = `${b64(textOf(header))}.${b64(textOf(payload))}`
      return `${input}.${toBase64url(signed(utf8(input)))}`
    },
  }
}

/** Keys that are known from the start, with how often each id was asked for. */
export function keysOf(...known: readonly TestKey[]): VerificationKeys & { readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = []
  const byId = new Map(known.map(({ key }) => [key.kid, key]))
  return {
    asked,
    revision: 0,
    find(kid) {
      asked.push(kid)
      const [only] = byId.values()
      if (kid === undefined) return byId.size === 1 && only !== undefined ? only : 'ambiguous_key'
      return byId.get(kid) ?? 'unknown_key'
    },
  }
}

export const header = (key: TestKey, changes: Record<string, unknown> = {}) => ({
  alg: 'ES256',
  typ: 'at+jwt',
  kid: key.jwk.kid,
  ...changes,
})

export const claims = (changes: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  aud: RESOURCE,
  sub: 'u_42',
  client_id: 'cl_7',
  iat: NOW,
  exp: NOW + 600,
  jti: 'j_1',
  scope: 'issues:read',
  ...changes,
})
