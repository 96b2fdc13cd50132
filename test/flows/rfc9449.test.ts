import { generateKeyPairSync } from 'node:crypto'
import { createNonces, createProver } from 'tokenloop/jwt'
import { accessTokens, createGuard, dpop, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { around } from '../../src/store/around.js'
import { signedBy } from '../oauth/assertions.js'
import { catalogue, flowTransports, ISSUER, RESOURCE, type WorldOptions, world } from '../oauth/support.js'

const TOKEN = `${ISSUER}/oauth/token`
const NONCES = createNonces({ server: ISSUER, key: new Uint8Array(32).fill(7) })

/** A public client with a code and a key, and a guard that holds tokens to their keys. */
async function keyed(options: WorldOptions & { readonly ask?: Record<string, string> } = {}) {
  const { ask = {}, ...rest } = options
  const as = await world(rest)
  const { clock, keys, store } = as
  const client = await as.publicClient()
  const prover = await createProver({ clock })
  const { code, verifier } = await as.codeFor(client, ask)
  const proof = (more: object = {}, by = prover) => by.proof({ method: 'POST', url: TOKEN, ...more })
  const redeem = (header: string | undefined, fields: object = {}) => {
    const usual = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier, ...fields }
    return as.post('/oauth/token', usual, header === undefined ? {} : { dpop: header })
  }
  const taken = { dpop: dpop({ seen: store, clock }) }
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [accessTokens({ issuer: ISSUER, store, ...taken }), jwts({ issuer: ISSUER, keys, store, clock, ...taken })],
  })
  const sent = async (token: unknown, scheme: string, by = prover) => {
    const made = await by.proof({ method: 'GET', url: RESOURCE, accessToken: String(token) })
    const headers = { authorization: `${scheme} ${token}`, ...(scheme === 'DPoP' && { dpop: made }) }
    return guard.check(new Request(RESOURCE, { headers }))
  }
  return { ...as, as, client, prover, proof, redeem, sent }
}

const INVALID = { status: 400, body: { error: 'invalid_dpop_proof' } }

describe.each(flowTransports)('RFC 9449 $name', (over) => {
  it.each(['jwt', 'opaque'] as const)(
    'A16.17 A16.13 a %s is bound to the key it was asked for with',
    async (format) => {
      const { proof, redeem, sent, clock } = await keyed({ over, resources: [{ id: RESOURCE, format }] })
      const { body } = await redeem(await proof())
      expect(body).toMatchObject({ token_type: 'DPoP', scope: 'read write admin' })
      expect(await sent(body.access_token, 'DPoP')).toMatchObject({ ok: true })
      expect(await sent(body.access_token, 'Bearer')).toMatchObject({ ok: false, reason: 'bound' })
      expect(await sent(body.access_token, 'DPoP', await createProver({ clock }))).toMatchObject({ ok: false })
    },
  )

  it('A16.12 nonces are demanded before anything else is said, and used nothing up', async () => {
    const { proof, redeem, clock } = await keyed({ over, nonces: NONCES })
    const first = await redeem(await proof())
    expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    expect(first.headers.get('cache-control')).toBe('no-store')
    const nonce = first.headers.get('dpop-nonce') ?? ''
    expect(nonce).not.toBe('')
    const wrong = await redeem(await proof({ nonce: 'x' }), { code_verifier: 'y'.repeat(43) })
    expect(wrong.body).toMatchObject({ error: 'use_dpop_nonce' })
    expect(await redeem(await proof({ nonce }))).toMatchObject({ status: 200 })
    clock.advance('1d')
    expect((await redeem(await proof({ nonce }))).body).toMatchObject({ error: 'use_dpop_nonce' })
  })
})

describe('RFC 9449 at the token endpoint', () => {
  it('A16.1 A16.2 A16.6 A16.7 A16.8 whatever is no proof for it is refused, and uses no code up', async () => {
    const { proof, redeem, clock, prover } = await keyed()
    const good = await proof()
    const late = await createProver({ clock: { now: () => clock.now() - 61_000 } })
    const early = await createProver({ clock: { now: () => clock.now() + 61_000 } })
    const wrong = [
      'x',
      ' ',
      `${good},${good}`,
      `${good}x`,
      `${good.slice(0, -4)}AAAA`,
      await proof({ method: 'post' }),
      await proof({ method: 'GET' }),
      await proof({ url: `${ISSUER}/oauth/tokens` }),
      await proof({ url: 'https://evil.test/oauth/token' }),
      await proof({}, late),
      await proof({}, early),
    ]
    for (const header of wrong) expect(await redeem(header), header).toMatchObject(INVALID)
    expect(prover.jkt).toHaveLength(43)
    expect(await redeem(await proof({ url: `${TOKEN}?x=1#y` }))).toMatchObject({ status: 200 })
  })

  it('A16.3 A16.4 A16.9 nor is one of another algorithm, key or id, and the store learns nothing of it', async () => {
    const noted: (readonly unknown[])[] = []
    const { clock, redeem } = await keyed({
      wrap: (store) =>
        around(store, ({ method, args }, run) => {
          if (method === 'insertOnce' && args[0] === 'dpop') noted.push(args)
          return run()
        }),
    })
    const key = await generateKey()
    const { kty, crv, x, y } = key
    const jwk = { kty, crv, x, y }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
    const claims = { htm: 'POST', htu: TOKEN, iat: Math.floor(clock.now() / 1000) }
    const made = (header: object, more: object = { jti: 'j' }) =>
      signedBy(key, { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }, { ...claims, ...more })
    const secret = { kty: 'oct', k: 'A'.repeat(43) }
    const wrong = {
      ...Object.fromEntries(
        ['none', 'HS256', 'RS1', 'RS256', 'ES384', 'EdDSA', 'es256', undefined].map((alg) => [`alg ${alg}`, { alg }]),
      ),
      'no key': { jwk: undefined },
      'a private key': { jwk: { ...jwk, d: key.d } },
      'a shared secret': { jwk: secret },
      'an RSA key': { jwk: rsa },
      'a key off the curve': { jwk: { ...jwk, y: x } },
      'the id of a key alone': { jwk: undefined, kid: 'k' },
      'a text for a key': { jwk: JSON.stringify(jwk) },
    }
    const ids = [undefined, '', 1, null, ['j'], 'j'.repeat(257), 'j'.repeat(10_240)]
    const proofs = [
      ...(await Promise.all(Object.entries(wrong).map(async ([what, header]) => [what, await made(header)] as const))),
      ...(await Promise.all(
        ids.map(async (jti) => [`id ${String(jti).slice(0, 9)}`, await made({}, { jti })] as const),
      )),
    ]
    for (const [what, header] of proofs) expect(await redeem(header), what).toMatchObject(INVALID)
    expect(noted).toEqual([])
    const right = await made({}, { jti: "' OR 1=1 --" })
    expect(await redeem(right)).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
    expect(noted).toEqual([['dpop', expect.stringMatching(/^[\w-]{43}$/), null, expect.any(Number)]])
  })

  it('A16.19 a request that is refused leaves its proof as good as it was, one that passes uses it up', async () => {
    const { proof, redeem } = await keyed()
    const header = await proof()
    expect(await redeem(header, { code_verifier: 'z'.repeat(43) })).toMatchObject({ body: { error: 'invalid_grant' } })
    expect(await redeem(header, { resource: 'https://rs.test/unknown' })).toMatchObject({
      body: { error: 'invalid_target' },
    })
    const done = await redeem(header)
    expect(done).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
    const refresh = { grant_type: 'refresh_token', refresh_token: String(done.body.refresh_token) }
    expect(await redeem(header, refresh)).toMatchObject(INVALID)
    const next = await redeem(await proof(), refresh)
    expect(next.status).toBe(200)
    const repeated = await proof()
    expect((await redeem(repeated, refresh)).body.refresh_token).toBe(next.body.refresh_token)
    expect(await redeem(repeated, refresh)).toMatchObject(INVALID)
  })

  it('A16.19 of many requests with one proof at the same time one passes', async () => {
    const { proof, redeem } = await keyed()
    const done = await redeem(await proof())
    const refresh = { grant_type: 'refresh_token', refresh_token: String(done.body.refresh_token) }
    const header = await proof()
    const answers = await Promise.all(Array.from({ length: 16 }, () => redeem(header, refresh)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body.error === 'invalid_dpop_proof')).toHaveLength(15)
  })

  it('A16.16 a client that asks for bound tokens gets no other ones', async () => {
    const { bare, client, proof, redeem } = await keyed()
    const { record, version } = await bare.get('client', client)
    if (record === undefined) throw new Error('there is no client')
    const metadata = { ...record.metadata, dpop_bound_access_tokens: true }
    await bare.write('client', client, version, { ...record, metadata })
    expect(await redeem(undefined)).toMatchObject(INVALID)
    expect(await redeem(await proof())).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
  })

  it('section 10: a code that was asked for with the thumbprint of a key is redeemed with that key alone', async () => {
    const clock = (await keyed()).clock
    const prover = await createProver({ clock })
    const { proof, redeem } = await keyed({ clock, ask: { dpop_jkt: prover.jkt } })
    expect(await redeem(undefined)).toMatchObject(INVALID)
    expect(await redeem(await proof())).toMatchObject({ body: { error: 'invalid_grant' } })
    expect(await redeem(await proof({}, prover))).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
  })

  it('without a proof tokens are borne, and no key makes them bound', async () => {
    const { redeem, sent } = await keyed()
    const { body } = await redeem(undefined)
    expect(body.token_type).toBe('Bearer')
    expect(await sent(body.access_token, 'Bearer')).toMatchObject({ ok: true })
    expect(await sent(body.access_token, 'DPoP')).toMatchObject({ ok: false, reason: 'not_bound' })
  })
})
