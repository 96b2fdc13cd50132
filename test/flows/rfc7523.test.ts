import { system } from 'tokenloop'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import type { PrivateJwk } from '../../src/jwt/types.js'
import { byAssertion, claimsOf, signedBy } from '../oauth/assertions.js'
import { web } from '../oauth/documents.js'
import { CALLBACK, ISSUER, type WorldOptions, world as worldOver } from '../oauth/support.js'
import { flowTransports } from '../oauth/transports.js'

const KEY = await generateKey()
const OTHER = await generateKey()
const publicHalf = ({ d: _, ...jwk }: PrivateJwk) => ({ ...jwk })
const HEADER = { alg: 'ES256', kid: KEY.kid }

describe.each(flowTransports)('RFC 7523 $name:', (over) => {
  /** A server with a client that has keys, and what it sends with a code that is not valid: 400 once it is authenticated, 401 before. */
  async function keyed(options: WorldOptions = {}, keys: object = { jwks: { keys: [publicHalf(KEY)] } }) {
    const made = await worldOver({ over, ...options })
    const { client } = await made.auth.clients.create({
      by: system,
      redirectUris: [CALLBACK],
      authMethod: 'private_key_jwt',
      ...keys,
    })
    const sent = (assertion: string, fields: Record<string, string> = {}) =>
      made.post('/oauth/token', {
        grant_type: 'authorization_code',
        code: 'none',
        ...byAssertion(assertion),
        ...fields,
      })
    const claims = (more: object = {}) => claimsOf(client.id, made.clock.now(), more)
    const sign = (more: object = {}, header: object | string = HEADER, key = KEY) => signedBy(key, header, claims(more))
    return { ...made, id: client.id, sent, sign, claims }
  }

  it('a client authenticates with a JWT that it signed, and gets tokens', async () => {
    const { id, sign, codeFor, sent, post } = await keyed()
    const { code, verifier } = await codeFor(id)
    const redeemed = await sent(await sign(), { code, code_verifier: verifier })
    expect(redeemed).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } })
    const refresh = { grant_type: 'refresh_token', refresh_token: String(redeemed.body.refresh_token) }
    expect(await post('/oauth/token', { ...refresh, client_id: id })).toMatchObject({ status: 401 })
    expect(await sent(await sign(), { ...refresh, code: '' })).toMatchObject({ status: 200 })
  })

  it.each<[string, object]>([
    ['the issuer as a text', {}],
    ['the issuer alone in a list', { aud: [ISSUER] }],
    ['no iat and no nbf', { iat: undefined }],
    [
      'a clock that is a little ahead',
      { nbf: Date.UTC(2026, 0, 1) / 1000 + 20, iat: Date.UTC(2026, 0, 1) / 1000 + 20 },
    ],
    ['exactly five minutes to live', { exp: Date.UTC(2026, 0, 1) / 1000 + 300 }],
  ])('is taken with %s', async (_, more) => {
    const { sent, sign, id } = await keyed()
    expect(await sent(await sign(more))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await sent(await sign(more), { client_id: id })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  })

  it.each(['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])(
    'is taken with the type %s',
    async (typ) => {
      const { sent, sign } = await keyed()
      expect((await sent(await sign({}, { ...HEADER, typ }))).status).toBe(400)
    },
  )

  it.each<[string, object]>([
    ['the token endpoint', { aud: `${ISSUER}/oauth/token` }],
    ['the issuer and somebody else', { aud: [ISSUER, 'https://other.test'] }],
    ['the issuer twice', { aud: [ISSUER, ISSUER] }],
    ['a slash more', { aud: `${ISSUER}/` }],
    ['nobody', { aud: undefined }],
    ['an empty list', { aud: [] }],
  ])('the audience is the issuer alone: %s is refused', async (_, more) => {
    const { sent, sign } = await keyed()
    expect(await sent(await sign(more))).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  const NOW = Date.UTC(2026, 0, 1) / 1000
  it.each<[string, object, Record<string, string>]>([
    ['another issuer than subject', { iss: 'somebody' }, {}],
    ['another subject than issuer', { sub: 'somebody' }, {}],
    ['a subject that is not the client beside it', {}, { client_id: 'c_somebody' }],
    ['no subject', { sub: undefined, iss: undefined }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['an expiry that is a text', { exp: String(NOW + 60) }, {}],
    ['an expiry that is not whole', { exp: NOW + 60.5 }, {}],
    ['an expiry beyond all numbers', { exp: 1e300 }, {}],
    ['more than five minutes to live', { exp: NOW + 301 }, {}],
    ['an expiry that has passed', { exp: NOW - 30 }, {}],
    ['a beginning in the future', { nbf: NOW + 31 }, {}],
    ['a beginning that is a text', { nbf: String(NOW) }, {}],
    ['an age of an hour', { iat: NOW - 3600 }, {}],
    ['an age in the future', { iat: NOW + 31 }, {}],
  ])('A10.11 an assertion with %s is refused', async (_, more, fields) => {
    const { sent, sign } = await keyed()
    expect(await sent(await sign(more), fields)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('A10.9 an assertion with another algorithm is refused', async () => {
    const { sent, sign, claims, id } = await keyed()
    const b64 = (value: object | string) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
    for (const alg of ['none', 'None', 'HS256', 'RS256', 'ES384', 'es256', undefined, ['ES256']]) {
      expect((await sent(await sign({}, { ...HEADER, alg }))).status, String(alg)).toBe(401)
    }
    expect((await sent(`${b64({ alg: 'none' })}.${b64(claims())}.`)).status).toBe(401)
    const body = `${b64({ alg: 'HS256', kid: KEY.kid })}.${b64(claims())}`
    const { createHmac } = await import('node:crypto')
    for (const secret of [JSON.stringify(publicHalf(KEY)), KEY.x, Buffer.from(KEY.x + KEY.y, 'base64url')]) {
      const mac = createHmac('sha256', secret).update(body).digest('base64url')
      expect((await sent(`${body}.${mac}`, { client_id: id })).status).toBe(401)
    }
  })

  it('A10.12 the same jti counts once, and one of another client is another', async () => {
    const { sent, sign, claims, auth } = await keyed()
    const once = await sign({ jti: 'same' })
    expect((await sent(once)).status).toBe(400)
    expect((await sent(once)).status).toBe(401)
    expect((await sent(await sign({ jti: 'same', iat: undefined }))).status).toBe(401)
    const { client } = await auth.clients.create({
      by: system,
      redirectUris: [CALLBACK],
      authMethod: 'private_key_jwt',
      jwks: { keys: [publicHalf(OTHER)] },
    })
    const others = await signedBy(
      OTHER,
      { alg: 'ES256' },
      { ...claims({ jti: 'same' }), iss: client.id, sub: client.id },
    )
    expect((await sent(others)).status).toBe(400)
  })

  it('A10.12, R8 of 64 at once, at two instances on a store that takes its time, one wins', async () => {
    const first = await keyed({ wrap: (store) => slowStore(store, { seed: 5 }) })
    const second = await worldOver({
      over,
      store: first.bare,
      clock: first.clock,
      wrap: (store) => slowStore(store, { seed: 9 }),
    })
    for (let round = 0; round < 4; round++) {
      const fields = { grant_type: 'authorization_code', code: 'none', ...byAssertion(await first.sign()) }
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, i) => (i % 2 ? first : second).post('/oauth/token', fields)),
      )
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(63)
    }
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['an empty one', ''],
    ['one of 10 KiB', 'x'.repeat(10 * 1024)],
    ['one of 1,025 characters', 'x'.repeat(1025)],
    ['a number', 7],
    ['a list', ['a']],
  ])('A10.12 a jti that is %s is refused', async (_, jti) => {
    const { sent, sign } = await keyed()
    expect((await sent(await sign({ jti }))).status).toBe(401)
  })

  it('A10.13, A10.14 a used jti is remembered until its assertion would not be taken any more', async () => {
    const { sent, sign, clock, bare } = await keyed()
    const assertion = await sign({ exp: NOW + 60 })
    expect((await sent(assertion)).status).toBe(400)
    clock.set((NOW + 89) * 1000 + 999)
    await bare.sweep(1000)
    expect((await sent(assertion)).status).toBe(401)
    const atTheEnd = await sign({ exp: NOW + 60 })
    expect((await sent(atTheEnd)).status).toBe(400)
    await bare.sweep(1000)
    expect((await sent(atTheEnd)).status).toBe(401)
    clock.set((NOW + 90) * 1000)
    expect((await sent(await sign({ exp: NOW + 60 }))).status).toBe(401)
  })

  it('what fails uses no jti up', async () => {
    const { sent, sign } = await keyed()
    expect((await sent(await sign({ jti: 'a', aud: 'x' }))).status).toBe(401)
    expect((await sent(await sign({ jti: 'a' }, HEADER, OTHER))).status).toBe(401)
    expect((await sent(await sign({ jti: 'a' }))).status).toBe(400)
  })

  it('A10.16 whatever is no assertion is refused, and nothing breaks', async () => {
    const { sent, sign, claims, id } = await keyed()
    const right = await sign()
    const [head = '', body = '', end = ''] = right.split('.')
    const raw = [
      await signedBy(KEY, 'null', claims()),
      await signedBy(KEY, '[]', claims()),
      await signedBy(KEY, HEADER, 'null'),
      await signedBy(KEY, HEADER, '[]'),
      await signedBy(KEY, HEADER, '"x"'),
      await signedBy(KEY, HEADER, JSON.stringify(claims()).replace('{', '{"sub":"x",')),
      `${head}.${body}`,
      `${right}.${end}`,
      `${right}..`,
      `${head}.${body}.${end}=`,
      ` ${right}`,
      'x',
      '..',
      'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c',
    ]
    for (const text of raw) {
      expect((await sent(text)).status, text.slice(0, 40)).toBe(401)
      expect((await sent(text, { client_id: id })).status, text.slice(0, 40)).toBe(401)
    }
    expect((await sent(right, { client_assertion_type: 'urn:other' })).status).toBe(401)
    expect((await sent(right)).status).toBe(400)
  })

  it('A10.17 an access token, an ID token and a DPoP proof are no assertions', async () => {
    const { sent, sign, connect, publicClient, id } = await keyed()
    const { body } = await connect(await publicClient())
    expect((await sent(String(body.access_token))).status).toBe(401)
    expect((await sent(String(body.access_token), { client_id: id })).status).toBe(401)
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'id_token+jwt', 7, null]) {
      expect((await sent(await sign({}, { ...HEADER, typ }))).status, String(typ)).toBe(401)
    }
    expect((await sent(await sign({ iss: ISSUER, sub: 'alice', aud: id }))).status).toBe(401)
  })

  it('A10.18 a key that the assertion brings or points to is not looked at', async () => {
    const { fetch, asked } = web({})
    const { sent, sign } = await keyed({ metadataDocuments: { fetch } })
    for (const header of [
      { jwk: publicHalf(OTHER) },
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/x5u' },
      { x5c: ['MII'] },
      { crit: ['exp'] },
      { b64: false },
    ]) {
      expect((await sent(await sign({}, { alg: 'ES256', kid: OTHER.kid, ...header }, OTHER))).status).toBe(401)
      expect((await sent(await sign({}, { ...HEADER, ...header }))).status).toBe(401)
    }
    expect((await sent(await sign({}, { alg: 'ES256', kid: OTHER.kid }, OTHER))).status).toBe(401)
    expect(asked).toEqual([])
  })

  it('keys at an address are fetched past the guard, once, and a host that does not answer is 503', async () => {
    const at = 'https://client.example/jwks'
    let page: { status?: number; body?: unknown } = { status: 500 }
    const { fetch, asked } = web({ [at]: () => page })
    const { sent, sign } = await keyed({ metadataDocuments: { fetch } }, { jwksUri: at })
    const down = await sent(await sign())
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '1'])
    expect(asked).toEqual([at])
    page = { body: { keys: [publicHalf(KEY)] } }
    const other = await keyed({ metadataDocuments: { fetch } }, { jwksUri: at })
    for (let i = 0; i < 5; i++) expect((await other.sent(await other.sign())).status).toBe(400)
    expect((await other.sent(await other.sign({}, { alg: 'ES256', kid: 'unheard-of' }))).status).toBe(401)
    expect(asked).toEqual([at, at])
  })

  it('a client that has a secret, or nothing, does not authenticate so, and none that does so in another way', async () => {
    const { sent, sign, claims, id, post, confidentialClient, publicClient } = await keyed()
    const { id: withSecret } = await confidentialClient()
    for (const other of [withSecret, await publicClient(), 'c_unheardof']) {
      expect((await sent(await signedBy(KEY, HEADER, { ...claims(), iss: other, sub: other }))).status).toBe(401)
    }
    const fields = { grant_type: 'authorization_code', code: 'none', client_id: id }
    expect((await post('/oauth/token', fields)).status).toBe(401)
    expect((await post('/oauth/token', { ...fields, client_secret: 'x' })).status).toBe(401)
    expect((await post('/oauth/token', { ...fields, ...byAssertion(await sign()), client_secret: 'x' })).status).toBe(
      400,
    )
  })
})
