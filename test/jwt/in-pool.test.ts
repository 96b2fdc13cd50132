import { generateKeyPairSync } from 'node:crypto'
import { system } from 'tokenloop'
import {
  createJwtVerifier,
  createProver,
  discoveredKeys,
  issueJwt,
  managedKeys,
  remoteKeys,
  type SigningKeys,
  staticKeys,
  type VerificationKeys,
  verifyJwt,
} from 'tokenloop/jwt'
import { dpop } from 'tokenloop/resource'
import { createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { CLAIMS, ISSUER, KEK, keyWorld, partOf, RESOURCE } from './key-world.js'

const clock = createClock()
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const MODES = [
  ['in this thread', false],
  ['in the pool', true],
] as const

const issue = (keys: SigningKeys) => issueJwt(keys, CLAIMS, { expiresIn: '10m' })
const verifierOf = (keys: VerificationKeys) => createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys, clock })
const here = await staticKeys({ sign: jwk, clock })
const pooled = await staticKeys({ sign: jwk, clock, inPool: true })
const stranger = await staticKeys({ sign: { ...other, kid: (await here.active()).kid }, clock })

/** What comes without the event loop comes within these; what other threads answer does not. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) await undefined
}

/** How many of these have an outcome before anything else gets its turn. */
async function doneAtOnce(all: readonly Promise<unknown>[]): Promise<number> {
  let done = 0
  for (const one of all) one.then(() => done++)
  await turns()
  return done
}

/** The keys, with a hand on when the threads answer, and on what becomes of the keys meanwhile. */
function heldBack(keys: VerificationKeys) {
  const answers: (() => void)[] = []
  const state = { find: keys.find, revision: keys.revision }
  const held: VerificationKeys = {
    async find(kid) {
      const key = await state.find(kid)
      if (typeof key === 'string') return key
      return {
        ...key,
        async verify(data, signature) {
          const isSigned = await key.verify(data, signature)
          await new Promise<void>((resolve) => answers.push(resolve))
          return isSigned
        },
      }
    },
    get revision() {
      return state.revision + keys.revision
    },
  }
  /** Answers all that is asked for, once it is. */
  const answer = async () => {
    while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const resolve of answers.splice(0)) resolve()
  }
  return Object.assign(state, { keys: held, answer })
}

describe.each(MODES)('%s', (_, inPool) => {
  const document = () => here.jwks()
  const fetch = async (url: string | URL) =>
    String(url).includes('.well-known')
      ? Response.json({ issuer: 'https://as.test', jwks_uri: 'https://as.test/jwks' })
      : document()
  const { bare: store } = keyWorld()

  it.each<[string, () => Promise<SigningKeys> | SigningKeys]>([
    ['keys of the host', () => staticKeys({ sign: jwk, clock, inPool })],
    ['keys in the store', () => managedKeys({ store, sealWith: [KEK], clock, inPool })],
  ])('%s sign and verify many at once, each token for itself', async (_, make) => {
    const keys = await make()
    await keys.active()
    const issued = Array.from({ length: 64 }, () => issue(keys))
    expect(await doneAtOnce(issued)).toBe(inPool ? 0 : 64)
    const jwts = await Promise.all(issued)
    expect(new Set(jwts).size).toBe(64)

    const { verify } = verifierOf(keys)
    const forged = jwts.map((jwt) => `${jwt.slice(0, -8)}AAAAAAAA`)
    const verified = [...jwts, ...forged].map(verify)
    expect(await doneAtOnce(verified)).toBe(inPool ? 0 : 128)
    const outcomes = await Promise.all(verified)
    expect(outcomes.slice(0, 64)).toEqual(jwts.map((jwt) => expect.objectContaining({ claims: partOf(jwt, 1) })))
    expect(outcomes.slice(64)).toEqual(jwts.map(() => ({ ok: false, reason: 'bad_signature' })))
  })

  it.each<[string, () => VerificationKeys]>([
    ['of an address', () => remoteKeys('https://as.test/jwks', { fetch, clock, inPool })],
    ['of an issuer', () => discoveredKeys('https://as.test', { fetch, clock, inPool })],
  ])('keys %s verify what the issuer signed, and nothing else', async (_, make) => {
    const keys = make()
    const { verify } = verifierOf(keys)
    expect(await verify(await issue(here))).toMatchObject({ ok: true })
    const later = [verify(await issue(here)), verify(await issue(stranger))]
    expect(await doneAtOnce(later)).toBe(inPool ? 0 : 2)
    expect(await Promise.all(later)).toMatchObject([{ ok: true }, { ok: false, reason: 'bad_signature' }])
  })

  it('a guard verifies proofs of many clients at once, and each proof once', async () => {
    const request = { method: 'GET', url: 'https://api.acme.dev/v1/issues', accessToken: 'a token' }
    const [alice, mallory] = [await createProver({ clock }), await createProver({ clock })]
    const check = dpop({ seen: store, clock, inPool }).proverOf('https://api.acme.dev')
    const judge = (proof: string) => check('a token', alice.jkt, { ...request, headers: new Headers({ dpop: proof }) })
    const [proof, other] = [await alice.proof(request), await mallory.proof(request)]
    const forged = `${proof.slice(0, -8)}AAAAAAAA`
    const judged = [proof, proof, other, forged].map(judge)
    expect(await doneAtOnce(judged)).toBe(inPool ? 0 : 4)
    const outcomes = await Promise.all(judged)
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    expect(outcomes.slice(2)).toMatchObject([{ reason: 'bound' }, { reason: 'invalid_proof', proof: 'bad_signature' }])
  })
})

describe('both modes', () => {
  it('accept and refuse the same, for the same reasons', async () => {
    const jwt = await issue(here)
    const [header = '', payload = '', signature = ''] = jwt.split('.')
    const elsewhere = await issueJwt(here, { ...CLAIMS, aud: 'https://other.test' }, { expiresIn: '10m' })
    const texts = [
      jwt,
      await issue(pooled),
      await issue(stranger),
      elsewhere,
      `${header}.${payload}.${'A'.repeat(86)}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}.${signature}AA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}=.${signature}`,
      `${header}.${elsewhere.split('.')[1]}.${signature}`,
      'x'.repeat(9000),
      '',
      undefined,
    ]
    const outcomes = (keys: VerificationKeys) => {
      const { verify } = verifierOf(keys)
      return Promise.all(texts.map(verify))
    }
    const expected = await outcomes(here)
    expect(await outcomes(pooled)).toEqual(expected)
    expect(expected.map(({ ok }) => ok)).toEqual(texts.map((_, i) => i < 2))
    const options = { issuer: ISSUER, audience: RESOURCE, clock }
    for (const text of texts) {
      expect(await verifyJwt(text, { ...options, keys: pooled })).toEqual(
        await verifyJwt(text, { ...options, keys: here }),
      )
    }
  })
})

describe('while the threads are busy with a signature', () => {
  const jwtOf = () => issue(here)

  it.each<[string, (at: ReturnType<typeof heldBack>) => void, string]>([
    [
      'A14.32 a key that goes',
      (at) => {
        at.find = () => 'unknown_key'
      },
      'unknown_key',
    ],
    [
      'A14.32 a key that gives way to another of its name',
      (at) => {
        at.find = stranger.find
      },
      'unknown_key',
    ],
    ['A14.32 a token that ends', () => clock.advance('11m'), 'expired'],
    [
      'keys that cannot be had any more',
      (at) => {
        at.find = () => 'unavailable'
      },
      'unavailable',
    ],
  ])('%s is refused, and not remembered', async (_, happen, reason) => {
    const at = heldBack(pooled)
    const { verify } = verifierOf(at.keys)
    const jwt = await jwtOf()
    const outcome = verify(jwt)
    await turns()
    happen(at)
    await at.answer()
    expect(await outcome).toEqual({ ok: false, reason })
    if (reason !== 'expired') {
      at.find = pooled.find
      const again = verify(jwt)
      await at.answer()
      expect(await again).toMatchObject({ ok: true })
    }
  })

  it('keys that are fetched again and are the same make no difference', async () => {
    const at = heldBack(pooled)
    const outcome = verifierOf(at.keys).verify(await jwtOf())
    await turns()
    at.find = (await staticKeys({ sign: jwk, clock, inPool: true })).find
    await at.answer()
    expect(await outcome).toMatchObject({ ok: true })
  })

  it('A14.32 a key that leaked is revoked: what it signed is refused from then on', async () => {
    const { node, clock } = keyWorld({ inPool: true })
    const keys = node()
    const jwt = await issue(keys)
    const at = heldBack(keys)
    const { verify } = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys: at.keys, clock })
    const outcomes = Array.from({ length: 64 }, () => verify(jwt))
    await turns()
    await keys.revoke((await keys.active()).kid, { by: system })
    await at.answer()
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toEqual({ ok: false, reason: 'unknown_key' })
    expect(await verify(jwt)).toEqual({ ok: false, reason: 'unknown_key' })
  })

  it('what is signed by a key that is revoked meanwhile is dead when it comes out', async () => {
    const { node, clock } = keyWorld({ inPool: true })
    const keys = node()
    const { kid } = await keys.active()
    const issued = Promise.all(Array.from({ length: 64 }, () => issue(keys)))
    await turns()
    await keys.revoke(kid, { by: system })
    for (const jwt of await issued) {
      const checked = await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock })
      expect(checked).toEqual({ ok: false, reason: 'unknown_key' })
    }
  })

  it('nobody is told of an acceptance after a revocation has returned', async () => {
    const { node, clock } = keyWorld({ inPool: true })
    const keys = node()
    for (let round = 0; round < 20; round++) {
      const { kid } = await keys.active()
      const jwts = await Promise.all(Array.from({ length: 64 }, () => issue(keys)))
      const { verify } = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys, clock })
      let isRevoked = false
      const late: unknown[] = []
      const revoked = keys.revoke(kid, { by: system }).then(() => {
        isRevoked = true
      })
      const told = jwts.map(async (jwt) => {
        const { ok } = await verify(jwt)
        if (ok && isRevoked) late.push(jwt)
      })
      await Promise.all([revoked, ...told])
      expect(late).toEqual([])
    }
  })
})
