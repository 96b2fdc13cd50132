import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { issueJwt, type StaticKeysOptions, staticKeys, thumbprint, verifyJwt } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/world.js'
import { CLAIMS, ISSUER, kidOf, kidsOf, RESOURCE } from './key-world.js'

const pair = (curve = 'P-256') => generateKeyPairSync('ec', { namedCurve: curve })
const { privateKey, publicKey } = pair()
const jwk = privateKey.export({ format: 'jwk' })
const kid = thumbprint({ kty: 'EC', ...jwk })
const other = pair().privateKey.export({ format: 'jwk' })
const pem = (key: KeyObject) => key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string
const codeFor = (options: unknown) => codeOf(staticKeys(options as StaticKeysOptions))

describe('a key of the environment', () => {
  it.each<[string, string | object]>([
    ['a JWK', jwk],
    ['a JWK as JSON', JSON.stringify(jwk)],
    ['PKCS #8 in PEM', pem(privateKey)],
    ['PEM with its lines written as \\n', pem(privateKey).replaceAll('\n', '\\n')],
    ['PEM with space around it', `\n  ${pem(privateKey)}\n\n`],
  ])('is %s', async (_, source) => {
    const keys = await staticKeys({ sign: source })
    const jwt = await issueJwt(keys, CLAIMS, { expiresIn: '10y' })
    expect(kidOf(jwt)).toBe(kid)
    expect(await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys })).toMatchObject({ ok: true })
    expect(await kidsOf(keys)).toEqual([kid])
  })

  it('A15.1 is published without its private half, and others with it', async () => {
    const published = [other, pem(publicKey), { ...other, kid: 'mine', d: undefined }].slice(0, 1)
    const keys = await staticKeys({ sign: jwk, publish: published, cacheFor: '1h' })
    const response = await keys.jwks()
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600')
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
    const text = await response.text()
    expect(text).not.toMatch(/"d"/)
    for (const key of JSON.parse(text).keys)
      expect(Object.keys(key)).toEqual(['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'])
    expect(JSON.parse(text).keys).toHaveLength(2)
  })

  it('keeps the id that it was given, and is found by it alone', async () => {
    const keys = await staticKeys({ sign: { ...jwk, kid: 'mine', use: 'sig', alg: 'ES256', key_ops: ['sign'] } })
    expect(await kidsOf(keys)).toEqual(['mine'])
    expect(await keys.find('mine')).toMatchObject({ kid: 'mine' })
    expect(await keys.find(kid)).toBe('unknown_key')
    expect(await keys.find(undefined)).toMatchObject({ kid: 'mine' })
  })

  it('verifies what former keys signed as long as they are published', async () => {
    const before = await staticKeys({ sign: other })
    const jwt = await issueJwt(before, CLAIMS, { expiresIn: '1h' })
    const verify = async (publish: object[]) => {
      const keys = await staticKeys({ sign: jwk, publish })
      return verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys })
    }
    const { d: _, ...half } = other
    expect(await verify([half])).toMatchObject({ ok: true })
    expect(await verify([])).toEqual({ ok: false, reason: 'unknown_key' })
  })

  it('has tokens of the longest life that the host sets', async () => {
    const keys = await staticKeys({ sign: jwk, tokenLifetime: '1h' })
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '61m' }))).toBe('lifetime_not_allowed')
  })

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const flipped = Buffer.from(jwk.d as string, 'base64url').map((byte, i) => (i === 31 ? byte ^ 1 : byte))
  const long = (text: unknown) =>
    Buffer.concat([Buffer.alloc(1), Buffer.from(String(text), 'base64url')]).toString('base64url')
  const short = (text: unknown) => Buffer.from(String(text), 'base64url').subarray(1).toString('base64url')

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['empty', ''],
    ['no JSON', 'secret'],
    ['a number', 7],
    ['a list', [jwk]],
    ['a JWKS', { keys: [jwk] }],
    ['a public key', { ...jwk, d: undefined }],
    ['public PEM', pem(publicKey)],
    ['SEC1 in PEM', privateKey.export({ format: 'pem', type: 'sec1' })],
    ['cut PEM', pem(privateKey).slice(0, 120)],
    ['PEM of RSA', pem(rsa)],
    ['an RSA key', rsa.export({ format: 'jwk' })],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['the halves of two keys', { ...other, d: jwk.d }],
    ['another private number', { ...jwk, d: Buffer.from(flipped).toString('base64url') }],
    ['a private number of 0', { ...jwk, d: Buffer.alloc(32).toString('base64url') }],
    ['a private number beyond the order', { ...jwk, d: Buffer.alloc(32, 255).toString('base64url') }],
  ])('is not %s', async (_, source) => {
    expect(await codeFor({ sign: source })).toBe('invalid_key')
  })

  it.each<[string, object]>([
    ['off the curve', { y: other.y }],
    ['at infinity', { x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') }],
    ['with a coordinate beyond the field', { x: Buffer.alloc(32, 255).toString('base64url') }],
    ['with a coordinate that lost its zeros', { x: short(jwk.x) }],
    ['with a coordinate that is too long', { x: long(jwk.x) }],
    ['with padding', { x: `${jwk.x}=` }],
    ['with a coordinate that is no text', { x: 1 }],
    ['of another curve by name', { crv: 'P-384' }],
    ['of another type by name', { kty: 'RSA' }],
  ])('A14.24 is not %s', async (_, change) => {
    expect(await codeFor({ sign: { ...jwk, ...change } })).toBe('invalid_key')
    expect(await codeFor({ sign: jwk, publish: [{ ...other, ...change, d: undefined, kid: 'x' }] })).toBe('invalid_key')
  })

  it.each(['P-384', 'P-521', 'secp256k1'])('A14.24 is not of the curve %s', async (curve) => {
    const wrong = pair(curve)
    expect(await codeFor({ sign: wrong.privateKey.export({ format: 'jwk' }) })).toBe('invalid_key')
    expect(await codeFor({ sign: pem(wrong.privateKey) })).toBe('invalid_key')
    expect(await codeFor({ sign: jwk, publish: [pem(wrong.publicKey)] })).toBe('invalid_key')
  })

  it.each<[string, object]>([
    ['encryption', { use: 'enc' }],
    ['another use', { use: 'SIG' }],
    ['another algorithm', { alg: 'ES384' }],
    ['key agreement', { alg: 'ECDH-ES' }],
    ['verifying alone', { key_ops: ['verify'] }],
    ['nothing at all', { key_ops: [] }],
    ['what is no list', { key_ops: 'sign' }],
  ])('A14.29 is not one for %s', async (_, change) => {
    expect(await codeFor({ sign: { ...jwk, ...change } })).toBe('invalid_key')
  })

  it('A14.29 that is published is one to verify with', async () => {
    const { d: _, ...half } = other
    for (const change of [{ use: 'enc' }, { key_ops: ['sign'] }, { alg: 'RS256' }]) {
      expect(await codeFor({ sign: jwk, publish: [{ ...half, ...change }] })).toBe('invalid_key')
    }
    expect(await codeFor({ sign: jwk, publish: [{ ...half, key_ops: ['verify'] }] })).toBe('nothing')
  })

  it('has an id of its own', async () => {
    expect(await codeFor({ sign: jwk, publish: [jwk] })).toBe('invalid_key')
    expect(await codeFor({ sign: { ...jwk, kid: 'a' }, publish: [{ ...other, kid: 'a' }] })).toBe('invalid_key')
    for (const wrong of ['', 1, 'x'.repeat(256)])
      expect(await codeFor({ sign: { ...jwk, kid: wrong } })).toBe('invalid_key')
  })

  it('shows in no error', async () => {
    for (const source of [
      JSON.stringify(jwk).slice(0, -1),
      pem(privateKey).replace('PRIVATE', 'PRIVAT'),
      { ...jwk, use: 'enc' },
    ]) {
      const error = await staticKeys({ sign: source }).catch((error: Error) => error)
      expect(String((error as Error).stack) + String((error as Error).cause)).not.toContain(String(jwk.d).slice(0, 12))
    }
  })
})

describe('a signer far away', () => {
  const { d: _, ...publicJwk } = jwk
  const signature = (data: Uint8Array, dsaEncoding: 'ieee-p1363' | 'der') =>
    sign('sha256', data, { key: privateKey, dsaEncoding })

  it('signs', async () => {
    const keys = await staticKeys({ sign: { publicJwk, sign: async (data) => signature(data, 'ieee-p1363') } })
    const jwt = await issueJwt(keys, CLAIMS, { expiresIn: '10m' })
    expect(kidOf(jwt)).toBe(kid)
    expect(await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys })).toMatchObject({ ok: true })
  })

  it.each<[string, (data: Uint8Array) => unknown]>([
    ['answers in DER', (data) => signature(data, 'der')],
    ['signs with another key', () => new Uint8Array(64).fill(1)],
    ['answers with nothing', () => undefined],
    ['answers with text', () => 'signature'],
  ])('is refused at the start if it %s', async (_, sign) => {
    expect(await codeFor({ sign: { publicJwk, sign } })).toBe('invalid_key')
  })

  it('that fails is unavailable, at the start and later, and makes no token', async () => {
    let isDown = true
    const answers = [() => Promise.reject(new Error('kms')), () => new Uint8Array(63), () => undefined]
    const sign = (data: Uint8Array) => (isDown ? answers[0]?.() : signature(data, 'ieee-p1363'))
    expect(await codeFor({ sign: { publicJwk, sign } })).toBe('unavailable')
    isDown = false
    const keys = await staticKeys({ sign: { publicJwk, sign: sign as never } })
    isDown = true
    while (answers.length > 0) {
      expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m' }))).toBe('unavailable')
      answers.shift()
    }
  })

  it('that hangs is unavailable in its time, at the start and later', async () => {
    const hangs = () => new Promise<never>(() => {})
    expect(await codeFor({ sign: { publicJwk, sign: hangs, timeout: '1ms' } })).toBe('unavailable')
    let isDown = false
    const signing = (data: Uint8Array) => (isDown ? hangs() : signature(data, 'ieee-p1363'))
    const keys = await staticKeys({ sign: { publicJwk, sign: signing, timeout: '10ms' } })
    isDown = true
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '10m' }))).toBe('unavailable')
  })

  it.each([0, '0s', '25d', -1, 'soon'])('is waited for from 1ms to 24d, and not for %o', async (timeout) => {
    const sign = (data: Uint8Array) => signature(data, 'ieee-p1363')
    expect(await codeFor({ sign: { publicJwk, sign, timeout: timeout as never } })).toBe('invalid_option')
  })
})
