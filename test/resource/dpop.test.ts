import { memoryStore } from 'tokenloop'
import { createNonces, createProver, issueJwt, type ProofInput, staticKeys, verifyJwt } from 'tokenloop/jwt'
import { type Acceptor, createGuard, type DpopOptions, dpop } from 'tokenloop/resource'
import { countingStore, createClock, faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { catalogue, get, refusal } from './support.js'

const ISSUER = 'https://auth.acme.dev'
const RESOURCE = 'https://api.acme.dev'
const ADDRESS = `${RESOURCE}/v1/issues`
const KEY = await generateKey()

/** An API that takes tokens of its issuer, bound to keys unless told otherwise. */
async function api({ isOn = true, ...changes }: { isOn?: boolean; dpop?: Partial<DpopOptions> } = {}) {
  const clock = createClock()
  const store = countingStore(memoryStore({ clock }))
  const keys = await staticKeys({ sign: KEY, clock })
  const prover = await createProver({ clock })
  const asked: string[] = []
  const acceptor: Acceptor<'client'> = {
    from: isOn ? ['bearer', 'dpop'] : ['bearer'],
    ...(isOn && { dpop: dpop({ seen: store, clock, ...changes.dpop }) }),
    async check(text, { scopes }) {
      asked.push(text)
      const checks = isOn ? (['cnf'] as const) : []
      const verified = await verifyJwt(text, { issuer: ISSUER, audience: RESOURCE, keys, clock, checks })
      if (!verified.ok) return verified
      const { claims } = verified
      if (!scopes.every((scope) => claims.scope?.includes(scope))) return { ok: false, reason: 'insufficient_scope' }
      const principal = {
        kind: 'client' as const,
        issuer: ISSUER,
        client: 'c_1',
        tenant: null,
        grant: null,
        authorization: null,
        scopes: [],
        expiresAt: 0,
        boundTo: claims.cnf?.jkt ?? null,
        claims: {},
      }
      return { ok: true, principal, freshness: 'until_expiry', limits: [] }
    },
  }
  const guard = createGuard({ resource: RESOURCE, catalogue, accept: [acceptor] })
  const issue = (jkt: string | null) => {
    const bound = jkt === null ? {} : { cnf: { jkt } }
    const claims = { iss: ISSUER, aud: RESOURCE, sub: 'c_1', client_id: 'c_1', scope: 'issues:read', ...bound }
    return issueJwt(keys, claims, { expiresIn: '10m' })
  }
  const accessToken = await issue(prover.jkt)
  const proof = (changes: Partial<ProofInput> = {}) =>
    prover.proof({ method: 'GET', url: ADDRESS, accessToken, ...changes })
  return { clock, store, guard, prover, issue, accessToken, proof, asked }
}

const send = (authorization: string, ...proofs: readonly string[]) =>
  get(['authorization', authorization], ...proofs.map((proof) => ['dpop', proof] as const))

const [BEARER, DPOP] = [`Bearer realm="${RESOURCE}"`, `DPoP realm="${RESOURCE}"`]
const ALGS = 'algs="ES256"'
const INVALID_TOKEN = 'error="invalid_token", error_description="The credential is not valid"'
const challengeOf = (error: string) =>
  expect.stringMatching(
    new RegExp(`^Bearer realm="[^"]+", DPoP realm="[^"]+", error="${error}", error_description="[^"]+", algs="ES256"$`),
  )

describe('a token that is bound to a key', () => {
  it('passes with a proof of the key, whatever query and host the request names', async () => {
    const { guard, accessToken, proof, prover } = await api()
    const access = await guard.check(send(`DPoP ${accessToken}`, await proof()), 'issues:read')
    expect(access).toMatchObject({ ok: true, principal: { boundTo: prover.jkt }, headers: {} })
    const headers = new Headers({ authorization: `dpop ${accessToken}`, dpop: await proof(), host: 'evil.test' })
    for (const url of ['https://evil.test/v1/issues?page=2', '/v1/issues?page=2#top']) {
      headers.set('dpop', await proof())
      expect(await guard.check({ headers, method: 'GET', url })).toMatchObject({ ok: true })
    }
  })

  it('A16.13 is refused as Bearer, with a proof and without', async () => {
    const { guard, accessToken, proof, store } = await api()
    for (const proofs of [[], [await proof()]]) {
      expect(await refusal(guard.check(send(`Bearer ${accessToken}`, ...proofs)))).toMatchObject({
        reason: 'bound',
        status: 401,
        headers: { 'www-authenticate': `${BEARER}, ${INVALID_TOKEN}, ${DPOP}, ${ALGS}` },
      })
    }
    expect(store.total).toBe(0)
  })

  it('A2.12 is refused without a proof', async () => {
    const { guard, accessToken } = await api()
    expect(await refusal(guard.check(send(`DPoP ${accessToken}`)))).toMatchObject({
      reason: 'invalid_proof',
      status: 401,
      headers: { 'www-authenticate': challengeOf('invalid_dpop_proof'), 'cache-control': 'no-store' },
    })
  })

  it('A16.1 is refused with two proofs, an empty one, or one that is none', async () => {
    const { guard, accessToken, proof } = await api()
    for (const proofs of [[await proof(), await proof()], [''], ['"x"']]) {
      const access = await guard.check(send(`DPoP ${accessToken}`, ...proofs))
      expect(access).toMatchObject({ reason: 'invalid_proof', status: 401 })
      expect(access).toHaveProperty('proof', proofs[0] === '' ? 'missing' : 'malformed')
    }
  })

  it('A16.7 is refused with a proof for where the request says it went', async () => {
    const { guard, accessToken, proof } = await api()
    const dpop = await proof({ url: 'https://evil.test/v1/issues' })
    const headers = new Headers({ authorization: `DPoP ${accessToken}`, dpop, host: 'evil.test' })
    headers.set('x-forwarded-host', 'evil.test')
    headers.set('forwarded', 'host=evil.test')
    for (const url of ['https://evil.test/v1/issues', '/v1/issues', '//evil.test/v1/issues', '@evil.test/v1/issues']) {
      expect(await guard.check({ headers, method: 'GET', url })).toMatchObject({ proof: 'wrong_url' })
    }
  })

  it('A16.7 is taken behind a proxy by the address that is configured', async () => {
    const { guard, accessToken, proof } = await api({ dpop: { baseUrl: 'https://public.acme.dev/api/' } })
    const url = 'https://public.acme.dev/api/v1/issues'
    expect(await guard.check(send(`DPoP ${accessToken}`, await proof({ url })))).toMatchObject({ ok: true })
    expect(await guard.check(send(`DPoP ${accessToken}`, await proof()))).toMatchObject({ proof: 'wrong_url' })
  })

  it.each<[string, Partial<ProofInput>, string]>([
    ['A16.6 another method', { method: 'POST' }, 'wrong_method'],
    ['A16.11 another token', { accessToken: 'eyJ.other.token' }, 'wrong_token'],
  ])('%s: the proof is refused', async (_, changes, proof) => {
    const { guard, accessToken, proof: made } = await api()
    const access = await guard.check(send(`DPoP ${accessToken}`, await made(changes)))
    expect(access).toMatchObject({ reason: 'invalid_proof', status: 401, proof })
  })

  it('is refused with a proof by another key', async () => {
    const { guard, accessToken, store } = await api()
    const { prover: thief } = await api()
    const proof = await thief.proof({ method: 'GET', url: ADDRESS, accessToken })
    expect(await refusal(guard.check(send(`DPoP ${accessToken}`, proof)))).toMatchObject({
      reason: 'bound',
      status: 401,
      headers: { 'www-authenticate': `${BEARER}, ${DPOP}, ${INVALID_TOKEN}, ${ALGS}` },
    })
    expect(store.total).toBe(0)
  })

  it('is 503 while proofs cannot be remembered', async () => {
    const seen = faultyStore(memoryStore(), { down: { point: 'before' } })
    const { guard, accessToken, proof } = await api({ dpop: { seen } })
    const access = await refusal(guard.check(send(`DPoP ${accessToken}`, await proof())))
    expect(access).toMatchObject({ reason: 'unavailable', status: 503 })
  })
})

describe('a token that is bound to no key', () => {
  it('passes as Bearer', async () => {
    const { guard, issue } = await api()
    const access = await guard.check(send(`Bearer ${await issue(null)}`))
    expect(access).toMatchObject({ ok: true, principal: { boundTo: null } })
  })

  it('A16.14 is refused as DPoP, whatever proof comes with it', async () => {
    const { guard, issue, proof, store } = await api()
    const accessToken = await issue(null)
    expect(await refusal(guard.check(send(`DPoP ${accessToken}`, await proof({ accessToken }))))).toMatchObject({
      reason: 'not_bound',
      status: 401,
      headers: { 'www-authenticate': `${BEARER}, ${DPOP}, ${INVALID_TOKEN}, ${ALGS}` },
    })
    expect(store.total).toBe(0)
  })
})

describe('a guard', () => {
  it('asks for either scheme where it takes both', async () => {
    const { guard } = await api()
    expect((await refusal(guard.check(get()))).headers['www-authenticate']).toBe(`${BEARER}, ${DPOP}, ${ALGS}`)
  })

  it('A2.13 refuses Bearer and DPoP credentials together', async () => {
    const { guard, accessToken, proof, asked } = await api()
    const both = `DPoP ${accessToken}`
    const two = get(['authorization', `Bearer ${accessToken}`], ['authorization', both], ['dpop', await proof()])
    const { status, headers } = await refusal(guard.check(two))
    expect([status, headers['www-authenticate']?.match(/error="invalid_request"/g)?.length]).toEqual([400, 2])
    expect(asked).toEqual([])
  })

  it('A16.18 without DPoP looks at no proof, and takes no bound token half', async () => {
    const { guard, accessToken, issue, proof } = await api({ isOn: false })
    expect(await guard.check(send(`Bearer ${await issue(null)}`, 'nonsense'))).toMatchObject({ ok: true })
    const dpop = await proof()
    expect(await refusal(guard.check(send(`Bearer ${accessToken}`, dpop)))).toMatchObject({
      reason: 'unsupported',
      headers: { 'www-authenticate': `${BEARER}, ${INVALID_TOKEN}` },
    })
    expect(await refusal(guard.check(send(`DPoP ${accessToken}`, dpop)))).toMatchObject({
      reason: 'missing',
      headers: { 'www-authenticate': BEARER },
    })
  })

  it('A16.19 uses a proof up only for the request that passes', async () => {
    const { guard, accessToken, proof, store } = await api()
    const made = await proof()
    const request = () => send(`DPoP ${accessToken}`, made)
    expect(await guard.check(request(), 'issues:write')).toMatchObject({ reason: 'insufficient_scope' })
    expect(await guard.check(request(), [], { maxAge: '1m' })).toMatchObject({ reason: 'insufficient_authentication' })
    expect(await guard.check(send(`DPoP ${accessToken}x`, made))).toMatchObject({ ok: false })
    expect(store.total).toBe(0)
    expect(await guard.check(request(), 'issues:read')).toMatchObject({ ok: true })
    expect(store.calls.insertOnce).toBe(1)
    expect(await guard.check(request(), 'issues:read')).toMatchObject({ reason: 'invalid_proof', proof: 'replayed' })
  })

  it('A16.12 that demands nonces hands one out, and the next in time', async () => {
    const nonces = createNonces({ key: new Uint8Array(32), server: RESOURCE })
    const { guard, accessToken, proof, clock } = await api({ dpop: { nonces } })
    const { status, headers } = await refusal(guard.check(send(`DPoP ${accessToken}`, await proof())))
    expect([status, headers['cache-control']]).toEqual([401, 'no-store'])
    expect(headers['www-authenticate']).toEqual(challengeOf('use_dpop_nonce'))
    const nonce = headers['dpop-nonce'] ?? ''
    const good = await guard.check(send(`DPoP ${accessToken}`, await proof({ nonce })))
    expect(good).toMatchObject({ ok: true, headers: {} })
    clock.advance('1m')
    const next = await guard.check(send(`DPoP ${accessToken}`, await proof({ nonce })))
    expect(next).toMatchObject({ ok: true, headers: { 'DPoP-Nonce': await nonces.current(clock.now()) } })
  })

  it('says what it lacks for proofs', async () => {
    const { guard } = await api()
    const request = { headers: new Headers() }
    await expect(guard.check(request)).rejects.toMatchObject({ code: 'invalid_input' })
    for (const dpop of [{ seen: {} as never }, { baseUrl: '/v1' }, { baseUrl: 'https://a.test/?x' }, { url: 'x' }]) {
      await expect(api({ dpop })).rejects.toMatchObject({ code: 'invalid_option' })
    }
  })
})
