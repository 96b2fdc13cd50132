import { calculateJwkThumbprint } from 'jose'
import { thumbprint } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'

/** RFC 7638 section 3.1. */
const RSA = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
}
/** RFC 8037 appendix A.3. */
const OKP = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
/** RFC 9449 section 4.1, whose thumbprint is in section 6.1. */
const EC = {
  kty: 'EC',
  x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
  y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  crv: 'P-256',
}

describe('the thumbprint of a key', () => {
  it.each([
    ['RFC 7638', RSA, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
    ['RFC 8037', OKP, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'],
    ['RFC 9449', EC, '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'],
  ])('is that of %s', async (_, jwk, expected) => {
    expect(thumbprint(jwk)).toBe(expected)
    expect(await calculateJwkThumbprint(jwk)).toBe(expected)
  })

  it('is of the members that make the key alone, in whatever order they come', () => {
    const { kty, crv, x, y } = EC
    expect(thumbprint({ y, use: 'sig', x, d: 'private', crv, kid: 'k', kty })).toBe(thumbprint(EC))
  })

  it.each([{ kty: 'oct', k: 'AAAA' }, { kty: 'EC', crv: 'P-256', x: EC.x }, { ...EC, y: 1 }, { kty: '__proto__' }])(
    'there is none of %o',
    (jwk) => {
      expect(() => thumbprint(jwk)).toThrow(expect.objectContaining({ code: 'invalid_key' }))
    },
  )
})
