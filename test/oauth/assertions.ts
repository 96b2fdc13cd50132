import { es256 } from '#es256'
import type { PrivateJwk } from '../../src/jwt/types.js'
import { ISSUER } from './support.js'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Signs whatever it is given: header and claims are not looked at. A text is signed as it is. */
export async function signedBy(key: PrivateJwk, header: object | string, claims: object | string): Promise<string> {
  const part = (value: object | string) => es256.encode(typeof value === 'string' ? value : JSON.stringify(value))
  const body = `${part(header)}.${part(claims)}`
  const sign = await es256.signer({ x: key.x, y: key.y, d: key.d })
  return `${body}.${es256.encodeBytes(await sign(es256.bytes(body)))}`
}

let count = 0

/** Claims that a server takes, at a time in milliseconds. */
export const claimsOf = (client: string, now: number, more: object = {}) => ({
  iss: client,
  sub: client,
  aud: ISSUER,
  jti: `jti-${++count}`,
  iat: Math.floor(now / 1000),
  exp: Math.floor(now / 1000) + 60,
  ...more,
})

export const byAssertion = (client_assertion: string) => ({ client_assertion_type: ASSERTION_TYPE, client_assertion })
