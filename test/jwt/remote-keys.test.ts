import { afterEach, describe, expect, it, vi } from 'vitest'
import { remoteKeys } from '../../src/jwt/remote-keys.js'
import { verifyJwt } from '../../src/jwt/verify.js'
import { codeOf } from '../core/support.js'
import { ADDRESS, issuer, json, jwks, kids, minute, one, settled, slow, three, two } from './issuer.js'
import { claims, header, ISSUER, NOW, RESOURCE } from './support.js'

afterEach(() => vi.unstubAllGlobals())

describe('keys of an issuer', () => {
  it('are fetched when they are first needed, and verify its tokens', async () => {
    const world = issuer(jwks(one, two))
    expect(world.asked).toBe(0)
    const options = { issuer: ISSUER, audience: RESOURCE, keys: world.keys, clock: { now: () => NOW * 1000 } }
    for (const key of [one, two]) {
      expect(await verifyJwt(key.token(header(key), claims()), options)).toMatchObject({ ok: true })
    }
    expect(await verifyJwt(three.token(header(one), claims()), options)).toMatchObject({ reason: 'bad_signature' })
    expect(world.asked).toBe(1)
    expect(world.requests[0]).toMatchObject({ redirect: 'manual', signal: expect.any(AbortSignal) })
    expect(world.events).toEqual([])
  })

  it('are fetched by what the runtime has, unless the host says otherwise', async () => {
    const fetched: unknown[] = []
    vi.stubGlobal('fetch', async (url: unknown) => {
      fetched.push(url)
      return jwks(one)()
    })
    const keys = remoteKeys(new URL(ADDRESS))
    expect(await keys.find(kids.one)).toMatchObject({ kid: kids.one })
    expect(await keys.find(undefined)).toMatchObject({ kid: kids.one })
    expect(fetched).toEqual([ADDRESS])
  })

  it('that are not for ES256 are left out', async () => {
    const { alg: _, use: __, ...bare } = three.jwk
    const listed = [
      { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'rsa' },
      { kty: 'oct', k: 'AQAB', kid: 'secret' },
      { ...one.jwk, kid: 'for-encryption', use: 'enc' },
      { ...one.jwk, kid: 'to-sign', key_ops: ['sign'] },
      { ...one.jwk, kid: 'another-algorithm', alg: 'ES384' },
      { ...one.jwk, kid: 'another-curve', crv: 'P-384' },
      { ...one.jwk, kid: 'off-the-curve', y: two.jwk.y },
      { ...one.jwk, kid: 'published-whole', d: one.jwk.x },
      { ...one.jwk, kid: 1 },
      'a text',
      null,
      bare,
      two.jwk,
    ]
    const world = issuer(json({ keys: listed }))
    const names = [
      'rsa',
      'secret',
      'for-encryption',
      'to-sign',
      'another-algorithm',
      'another-curve',
      'off-the-curve',
      'published-whole',
    ]
    for (const kid of names) expect(await world.find(kid)).toBe('unknown_key')
    expect(await world.find(kids.two)).toBe(kids.two)
    expect(await world.find(kids.three)).toBe(kids.three)
  })

  it('are looked at behind the back of those who use them, from half their age on', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.pass(5 * minute - 1)
    expect(world.keys.find(kids.one)).toMatchObject({ kid: kids.one })
    expect(world.asked).toBe(1)
    world.answer = jwks(two)
    world.pass(1)
    expect(world.keys.find(kids.one)).toMatchObject({ kid: kids.one })
    expect(world.asked).toBe(2)
    await world.find(kids.two)
    expect([world.asked, await world.find(kids.one)]).toEqual([2, 'unknown_key'])
  })

  it('are looked at before they are used once they are too old', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.answer = jwks(two)
    world.pass(10 * minute)
    expect(await world.find(kids.one)).toBe('unknown_key')
    expect(await world.find(kids.two)).toBe(kids.two)
    expect(world.asked).toBe(2)
  })

  it('move the revision when one of them goes or is another, and not when one comes', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    const revisions = [world.keys.revision]
    const disguised = { ...three, jwk: { ...three.jwk, kid: kids.two } }
    for (const answer of [jwks(one, two), jwks(one, disguised), jwks(one), jwks(one), jwks(two, one)]) {
      world.answer = answer
      world.pass(10 * minute)
      await world.find('nobody')
      revisions.push(world.keys.revision)
    }
    expect(revisions).toEqual([0, 0, 1, 2, 2, 2])
  })

  it('are kept fresh by who asks for the revision alone', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.pass(10 * minute)
    world.answer = jwks(two)
    expect(world.keys.revision).toBe(0)
    await settled()
    await world.find(kids.two)
    expect([world.keys.revision, world.asked]).toEqual([1, 2])
  })
})

describe('a token without a key id', () => {
  it('A15.6 is by the one key that there is', async () => {
    const world = issuer(jwks(one))
    expect(await world.find(undefined)).toBe(kids.one)
  })

  it('A15.6 is by none where there are several: nothing is tried out, nothing is fetched for it', async () => {
    const world = issuer(jwks(one, two))
    expect(await world.find(undefined)).toBe('ambiguous_key')
    world.pass(minute)
    expect(await world.find(undefined)).toBe('ambiguous_key')
    expect(world.asked).toBe(1)
    const options = { issuer: ISSUER, audience: RESOURCE, keys: world.keys, clock: { now: () => NOW * 1000 } }
    const nameless = one.token(header(one, { kid: undefined }), claims())
    expect(await verifyJwt(nameless, options)).toEqual({ ok: false, reason: 'ambiguous_key' })
  })

  it('A15.6 is by none where two keys have one id, and neither is a token that names it', async () => {
    const twin = { ...two, jwk: { ...two.jwk, kid: kids.one } }
    const world = issuer(jwks(one, twin))
    expect(await world.find(kids.one)).toBe('ambiguous_key')
    expect(await world.find(undefined)).toBe('ambiguous_key')
  })
})

describe('the newest answer', () => {
  it('A15.4 wins over one that was asked for before and comes after', async () => {
    const server = slow()
    const world = issuer(jwks(one), { timeout: 10 })
    await world.find(kids.one)
    world.answer = server.answer
    world.pass(30_000)
    expect(await world.find(kids.two)).toBe('unavailable')
    world.answer = jwks(two)
    world.pass(30_000)
    expect(await world.find(kids.two)).toBe(kids.two)
    server.waiting[0]?.(jwks(one)())
    await settled()
    await settled()
    expect(await world.find(kids.two)).toBe(kids.two)
    expect(await world.find(kids.one)).toBe('unknown_key')
    expect(world.asked).toBe(3)
  })
})

describe('what cannot work is refused when it is made', () => {
  it.each([
    'http://as.test/jwks',
    'ftp://as.test/jwks',
    'data:application/json,{}',
    'file:///jwks',
    '/jwks',
    'as.test',
    '',
    'https://u:p@as.test/jwks',
    'https://u@as.test/jwks',
    'https://as.test/jwks#x',
    undefined,
    null,
    1,
  ])('the address %s', (address) => expect(codeOf(() => remoteKeys(address as string))).toBe('invalid_option'))

  it('http: is for who fetches themselves, as in a test', async () => {
    const keys = remoteKeys('http://127.0.0.1:1/jwks', { fetch: async () => jwks(one)() as Response })
    expect(await keys.find(kids.one)).toMatchObject({ kid: kids.one })
    expect(codeOf(() => remoteKeys('ftp://as.test', { fetch: async () => jwks(one)() as Response }))).toBe(
      'invalid_option',
    )
  })

  it.each<Record<string, unknown>>([
    { cooldown: 0 },
    { cooldown: 999 },
    { cooldown: '11m' },
    { maxAge: 'x' },
    { maxAge: '2d' },
    { keepFor: '9m' },
    { timeout: 0 },
    { timeout: '30d' },
    { fetch: 'x' },
    { clock: {} },
    { coolDown: '1m' },
  ])('the options %j', (options) => {
    expect(codeOf(() => remoteKeys(ADDRESS, options))).toBe('invalid_option')
  })
})
