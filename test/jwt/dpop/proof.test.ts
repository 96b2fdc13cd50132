import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { memoryStore } from 'tokenloop'
import { createProver, verifyProof } from 'tokenloop/jwt'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../../src/core/bytes.js'
import { stores } from '../../support/stores.js'
import { codeOf } from '../../support/world.js'
import vectors from '../../vectors/dpop.json' with { type: 'json' }
import { b64, makeKey } from '../support.js'
import { claims, clock, header, jwk, key, METHOD, NOW, proofWith, prover, server, URL_ } from './support.js'

const TOKEN = 'eyJ.access.token'
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

describe('a proof', () => {
  it('that a prover made passes, and says by whose key it is', async () => {
    const proof = await prover.proof({ method: METHOD, url: `${URL_}?page=2#top`, accessToken: TOKEN })
    const { options } = server()
    expect(await verifyProof(proof, { ...options, accessToken: TOKEN })).toEqual({ ok: true, jkt: prover.jkt })
  })

  it.each(['token', 'resource'] as const)('of RFC 9449 passes in its second: %s', async (name) => {
    const { proof, iat, ...request } = vectors[name]
    const { options } = server({ ...request, now: iat * 1000 })
    expect(await verifyProof(proof, options)).toEqual({ ok: true, jkt: vectors.jkt })
    expect(await server({ ...request, now: iat * 1000 }).judge(`${proof.slice(0, -2)}Aw`)).toBe('bad_signature')
  })

  it('passes with what nobody knows in it', async () => {
    const proof = proofWith({ note: [1] }, { note: 1, jwk: { ...jwk, kid: 'mine', use: 'sig', key_ops: ['verify'] } })
    expect(await server().judge(proof)).toBe('ok')
  })
})

describe('a DPoP header', () => {
  const proof = proofWith({})
  it.each<[string, unknown, string]>([
    ['absent', null, 'missing'],
    ['empty', '', 'missing'],
    ['two lines', `${proof}, ${proofWith({})}`, 'malformed'],
    ['the same twice', `${proof},${proof}`, 'malformed'],
    ['a list of lines', [proof], 'malformed'],
    ['with a scheme', `DPoP ${proof}`, 'malformed'],
    ['in quotes', `"${proof}"`, 'malformed'],
    ['padded', `${proof}==`, 'malformed'],
    ['after a space', ` ${proof}`, 'malformed'],
    ['not ASCII', `${proof}\u00e9`, 'malformed'],
    ['no JWS', 'abc', 'malformed'],
    ['of five segments', 'a.b.c.d.e', 'malformed'],
    ['without a signature', proof.slice(0, proof.lastIndexOf('.') + 1), 'malformed'],
    ['of claims that are no object', key.token(header(), '[]'), 'malformed'],
    ['of a claim given twice', key.token(header(), '{"jti":"a","jti":"b"}'), 'malformed'],
    ['of 64 KiB', 'a'.repeat(65536), 'too_long'],
  ])('A16.1 is refused: %s', async (_, value, reason) => {
    const { judge, store } = server()
    expect(await judge(value)).toBe(reason)
    expect(store.total).toBe(0)
  })
})

describe('the header of a proof', () => {
  it.each([
    undefined,
    'JWT',
    'at+jwt',
    'DPOP+JWT',
    'Dpop+jwt',
    'application/dpop+jwt',
    'dpop+jwt ',
    '',
    1,
    ['dpop+jwt'],
  ])('A16.2 has the type dpop+jwt, and not %j', async (typ) => {
    expect(await server().judge(proofWith({}, { typ }))).toBe('wrong_type')
  })

  it.each([undefined, 'none', 'HS256', 'RS1', 'RS256', 'ES256K', 'ES384', 'EdDSA', 'es256', ['ES256']])(
    'A16.3 has the algorithm ES256, and not %j',
    async (alg) => {
      expect(await server().judge(proofWith({}, { alg }))).toBe('algorithm')
    },
  )

  it('A16.3 is not HS256 under the public key that it brings along', async () => {
    const input = `${b64(JSON.stringify(header({ alg: 'HS256' })))}.${b64(JSON.stringify(claims()))}`
    const mac = createHmac('sha256', JSON.stringify(jwk)).update(input).digest('base64url')
    expect(await server().judge(`${input}.${mac}`)).toBe('algorithm')
  })

  it.each(['crit', 'b64', 'jku', 'x5u', 'x5c', 'zip', 'enc'])('A16.3 has no %s', async (name) => {
    expect(await server().judge(proofWith({}, { [name]: name === 'crit' ? ['exp'] : 'x' }))).toBe('header')
  })

  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['a text', JSON.stringify(jwk)],
    ['a list', [jwk]],
    ['empty', {}],
    ['a kid alone', { kid: 'k' }],
    ['with its private half', { ...jwk, d: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE' }],
    ['with an empty private half', { ...jwk, d: '' }],
    ['with a shared secret', { ...jwk, k: 'AAAA' }],
    ['a shared secret', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['RSA of 1,024 bits', rsa],
    ['of another curve', { ...jwk, crv: 'P-384' }],
    ['of a curve in another case', { ...jwk, crv: 'p-256' }],
    ['off the curve', { ...jwk, y: jwk.x }],
    ['the origin', { ...jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    ['without y', { ...jwk, y: undefined }],
    ['of a number that is padded', { ...jwk, x: `${jwk.x}=` }],
    ['of a number with a zero before it', { ...jwk, x: toBase64url(new Uint8Array(33)) }],
    ['for encryption', { ...jwk, use: 'enc' }],
    ['for another algorithm', { ...jwk, alg: 'ECDH-ES' }],
    ['for signing', { ...jwk, key_ops: ['sign'] }],
  ])('A16.4 has a public key, which is not %s', async (_, value) => {
    const { judge, store } = server()
    expect(await judge(proofWith({}, { jwk: value }))).toBe('invalid_key')
    expect(store.total).toBe(0)
  })

  it('A16.4 has the key that signed it', async () => {
    const other = await createProver({ clock })
    const [first] = (await other.proof({ method: METHOD, url: URL_ })).split('.')
    const [, payload, signature] = proofWith({}).split('.')
    expect(await server().judge(`${first}.${payload}.${signature}`)).toBe('bad_signature')
  })
})

describe('the claims of a proof', () => {
  it.each<[unknown, string]>([
    ['get', 'wrong_method'],
    ['GET ', 'wrong_method'],
    ['HEAD', 'wrong_method'],
    ['', 'wrong_method'],
    [undefined, 'invalid_claims'],
    [['GET'], 'invalid_claims'],
    [null, 'invalid_claims'],
  ])('A16.6 name the method GET, and not %j', async (htm, reason) => {
    expect(await server({ method: 'GET' }).judge(proofWith({ htm }))).toBe(reason)
    expect(await server({ method: 'GET' }).judge(proofWith({ htm: 'GET' }))).toBe('ok')
  })

  it.each([-60, -59, 0, 60])('A16.8 are dated within a minute: %i s', async (seconds) => {
    expect(await server().judge(proofWith({ iat: NOW / 1000 + seconds }))).toBe('ok')
  })

  it.each<[unknown, string]>([
    [NOW / 1000 - 61, 'wrong_time'],
    [NOW / 1000 + 61, 'wrong_time'],
    [0, 'wrong_time'],
    [NOW, 'wrong_time'],
    [String(NOW / 1000), 'invalid_claims'],
    [NOW / 1000 + 0.5, 'invalid_claims'],
    [1e300, 'invalid_claims'],
    [null, 'invalid_claims'],
    [undefined, 'invalid_claims'],
  ])('A16.8 are not dated %j', async (iat, reason) => {
    expect(await server().judge(proofWith({ iat }))).toBe(reason)
  })

  it('A16.8 are not taken a millisecond beyond the minute, nor where the clock tells no time', async () => {
    expect(await server({ now: NOW + 60_001 }).judge(proofWith({}))).toBe('wrong_time')
    expect(await server({ now: NOW - 60_001 }).judge(proofWith({}))).toBe('wrong_time')
    expect(await server({ now: Number.NaN }).judge(proofWith({}))).toBe('wrong_time')
  })

  it.each<[string, unknown, string]>([
    ['missing', undefined, 'invalid_claims'],
    ['empty', '', 'invalid_claims'],
    ['a number', 1, 'invalid_claims'],
    ['a list', ['a'], 'invalid_claims'],
    ['of 257 characters', 'a'.repeat(257), 'invalid_claims'],
    ['of 10 KiB', 'a'.repeat(10_240), 'too_long'],
  ])('A16.9 have an id, which is not %s', async (_, jti, reason) => {
    const { judge, store } = server()
    expect(await judge(proofWith({ jti }))).toBe(reason)
    expect(store.total).toBe(0)
  })

  it('A16.9 have an id of which the store is given a hash alone', async () => {
    const given: unknown[][] = []
    const insertOnce = async (...args: unknown[]) => given.push(args) > 0
    const jti = `\u0000' OR 1=1 ${'\u{1f511}'.repeat(100)}`
    expect(await server({ seen: { insertOnce } }).judge(proofWith({ jti }))).toBe('ok')
    expect(given).toEqual([['dpop', expect.stringMatching(/^[\w-]{43}$/), null, expect.any(Number)]])
  })

  const hex = createHash('sha256').update(TOKEN).digest('hex')
  it.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['of another token', hashOf('eyJ.other.token')],
    ['in hex', hex],
    ['padded', `${hashOf(TOKEN)}=`],
    ['in base64', `${createHash('sha256').update(TOKEN).digest('base64')}`],
    ['a list', [hashOf(TOKEN)]],
    ['the token itself', TOKEN],
  ])('A16.11 have the hash of the token, which is not %s', async (_, ath) => {
    expect(await server({ accessToken: TOKEN }).judge(proofWith({ ath }))).toBe('wrong_token')
    expect(await server({ accessToken: TOKEN }).judge(proofWith({ ath: hashOf(TOKEN) }))).toBe('ok')
  })
})

describe('a proof is used', () => {
  it('once by each key, whatever else it says', async () => {
    const { judge } = server()
    const proof = proofWith({ jti: 'one' })
    expect(await judge(proof)).toBe('ok')
    expect(await judge(proof)).toBe('replayed')
    expect(await judge(proofWith({ jti: 'one', htm: 'GET' }), { method: 'GET' })).toBe('replayed')
    const second = await makeKey()
    const { kty, crv, x, y } = second.jwk
    expect(await judge(second.token(header({ jwk: { kty, crv, x, y } }), claims({ jti: 'one' })))).toBe('ok')
  })

  it.each([-60, 0, 60])('once for as long as it would be taken, dated %i s from now', async (seconds) => {
    let now = NOW
    const store = memoryStore({ clock: { now: () => now } })
    const proof = proofWith({ iat: NOW / 1000 + seconds })
    expect(await server({ seen: store }).judge(proof)).toBe('ok')
    now = NOW + seconds * 1000 + 60_000
    await store.sweep(100)
    expect(await server({ seen: store, now }).judge(proof)).toBe('replayed')
    expect(await server({ seen: store, now: now + 1 }).judge(proof)).toBe('wrong_time')
    // The store's clock may be minutes ahead of a node's.
    now += 299_000
    await store.sweep(100)
    expect(await server({ seen: store, now: NOW }).judge(proof)).toBe('replayed')
  })

  it('A16.19 by no request that fails, and by the one that passes', async () => {
    const { judge, store } = server({ accessToken: TOKEN, boundTo: prover.jkt })
    const proof = proofWith({ ath: hashOf(TOKEN) })
    const nonces = { current: () => 'n', accepts: () => false }
    const [first, payload] = proof.split('.')
    const failing: readonly (readonly [string, Promise<string>])[] = [
      ['malformed', judge(`${proof},`)],
      ['wrong_nonce', judge(proof, { nonces })],
      ['wrong_method', judge(proof, { method: 'GET' })],
      ['wrong_url', judge(proof, { url: 'https://other.test/' })],
      ['wrong_time', judge(proof, { now: NOW + 61_000 })],
      ['wrong_token', judge(proof, { accessToken: 'other' })],
      ['bad_signature', judge(`${first}.${payload}.${'A'.repeat(86)}`)],
      ['wrong_key', judge(proof, { boundTo: 'other' })],
    ]
    for (const [reason, outcome] of failing) expect(await outcome).toBe(reason)
    expect(store.total).toBe(0)
    expect(await judge(proof)).toBe('ok')
    expect(store.calls.insertOnce).toBe(1)
    expect(await judge(proof)).toBe('replayed')
  })

  it('A16.19 of several faults, the first of form, nonce, request, key, signature and binding is told', async () => {
    const nonces = { current: () => 'n', accepts: () => false }
    const requestAlone = { method: 'GET', url: 'https://other.test/', boundTo: 'other', accessToken: 'x' }
    const broken = { ...requestAlone, nonces }
    const { judge } = server()
    const off = { jwk: { ...jwk, y: jwk.x } }
    expect(await judge(proofWith({ jti: 1 }, off), broken)).toBe('invalid_claims')
    expect(await judge(proofWith({}, off), broken)).toBe('wrong_nonce')
    expect(await judge(proofWith({}, off), requestAlone)).toBe('wrong_method')
    expect(await judge(proofWith({}, off), { boundTo: 'other' })).toBe('invalid_key')
    expect(await judge(proofWith({}), { boundTo: 'other' })).toBe('wrong_key')
  })

  it.each(['before', 'after'] as const)('by nobody while the store fails (%s)', async (point) => {
    const store = faultyStore(memoryStore({ clock }), { down: { point } })
    const proof = proofWith({})
    expect(await server({ seen: store }).judge(proof)).toBe('unavailable')
    store.off('down')
    expect(await server({ seen: store }).judge(proof)).toBe(point === 'before' ? 'ok' : 'replayed')
  })

  it.each([undefined, null, 1, 'true', {}])('by nobody where the store answers %j', async (answer) => {
    const insertOnce = async () => answer as boolean
    expect(await server({ seen: { insertOnce } }).judge(proofWith({}))).toBe('unavailable')
  })
})

describe.each(stores)('on the $name store', ({ make }) => {
  it('R8 of 64 requests with one proof, one passes', async () => {
    const seen = await make()
    const now = Date.now()
    const proof = await (await createProver()).proof({ method: METHOD, url: URL_ })
    const { judge } = server({ seen, now })
    const outcomes = await Promise.all(Array.from({ length: 64 }, () => judge(proof)))
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(63)
    expect(await judge(proof)).toBe('replayed')
  })
})

describe('options', () => {
  it('that verify nothing are refused', async () => {
    const { options } = server()
    expect(await codeOf(verifyProof('', { ...options, seen: {} as never }))).toBe('invalid_option')
    expect(await codeOf(verifyProof('', { ...options, nonce: 1 } as never))).toBe('invalid_option')
    expect(await codeOf(createProver({ key: jwk }))).toBe('invalid_key')
    expect(await codeOf(createProver({ kye: {} } as never))).toBe('invalid_option')
    expect(await codeOf(prover.proof({ method: 'GET', url: '/relative' }))).toBe('invalid_input')
  })
})
