import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import { jwtVerify, SignJWT } from 'jose'
import jsonwebtokenModule from 'jsonwebtoken'
import { AUDIENCE, CLAIMS, ISSUER } from './claims.js'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = ({ privateKey, publicKey }) => ({
  privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  publicPem: publicKey.export({ type: 'spki', format: 'pem' }),
})
const header = { typ: 'at+jwt', kid: 'k1' }
const { iss: _, aud: __, ...others } = CLAIMS

const accepts = (verify) => async (text) => {
  try {
    await verify(text)
    return true
  } catch {
    return false
  }
}

export function fastJwt({ cache = false } = {}) {
  const { privatePem, publicPem } = pemOf(pair())
  const sign = createSigner({
    key: privatePem,
    algorithm: 'ES256',
    expiresIn: 3_600_000,
    header,
    iss: ISSUER,
    aud: AUDIENCE,
  })
  const verify = createVerifier({
    key: publicPem,
    algorithms: ['ES256'],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: 'at+jwt',
    cache,
  })
  return { issue: async () => sign({ ...others, jti: randomUUID() }), verify: accepts(verify) }
}

export function jose() {
  const { privateKey, publicKey } = pair()
  const expected = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], typ: 'at+jwt' }
  return {
    issue: () =>
      new SignJWT({ ...CLAIMS, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', ...header })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    verify: accepts((text) => jwtVerify(text, publicKey, expected)),
  }
}

export function jsonwebtoken() {
  const { privateKey, publicKey } = pair()
  const { sign, verify } = jsonwebtokenModule
  const options = { algorithm: 'ES256', expiresIn: '1h', header }
  const expected = { algorithms: ['ES256'], issuer: ISSUER, audience: AUDIENCE }
  return {
    issue: async () => sign({ ...CLAIMS, jti: randomUUID() }, privateKey, options),
    verify: accepts(async (text) => verify(text, publicKey, expected)),
  }
}
