import { describe, expect, it } from 'vitest'
import { createJwtVerifier, verifyJwt } from '../../src/jwt/verify.js'
import { ADDRESS, type Answer, issuer, json, jwks, kids, minute, one, settled, slow, two } from './issuer.js'
import { claims, header, ISSUER, NOW, RESOURCE } from './support.js'

const MEBIBYTE = new Uint8Array(2 ** 20).fill(0x20)

/** What is no answer to rely on, whatever its status says, with what is told of it. */
const GARBAGE: readonly [what: string, answer: Answer, reason: string][] = [
  ['a page', json('<!doctype html><title>Sign in</title>', { headers: { 'content-type': 'text/html' } }), 'no_key_set'],
  ['nothing', json(''), 'no_key_set'],
  ['{}', json({}), 'no_key_set'],
  ['an object for the list', json({ keys: {} }), 'no_key_set'],
  ['a list alone', json([one.jwk]), 'no_key_set'],
  ['null', json('null'), 'no_key_set'],
  ['an empty set', json({ keys: [] }), 'no_key_set'],
  ['keys for something else', json({ keys: [{ ...one.jwk, use: 'enc' }] }), 'no_key_set'],
  ['ten thousand keys', json({ keys: Array.from({ length: 10_000 }, () => ({ kty: 'EC' })) }), 'no_key_set'],
  [
    'a hundred and one keys',
    json({ keys: Array.from({ length: 101 }, (_, i) => ({ ...one.jwk, kid: `${i}` })) }),
    'no_key_set',
  ],
  ['keys given twice', json(`{"keys":[],"keys":[${JSON.stringify(one.jwk)}]}`), 'no_key_set'],
  ['a byte order mark', json(`\ufeff${JSON.stringify({ keys: [one.jwk] })}`), 'no_key_set'],
  ['JSON without an end', json('{"keys":['), 'no_key_set'],
  ['deep nesting', json('['.repeat(100_000)), 'no_key_set'],
  ['five mebibytes', json(' '.repeat(5 * 2 ** 20)), 'too_large'],
  ['a redirect', () => Response.redirect('https://evil.test/jwks', 302), 'status'],
  [
    'a redirect that was followed',
    () => Object.defineProperty(jwks(two)() as Response, 'redirected', { value: true }),
    'status',
  ],
  ['not modified', () => new Response(null, { status: 304 }), 'status'],
  ['no content', () => new Response(null, { status: 204 }), 'status'],
  ['not found, with keys', json({ keys: [two.jwk] }, { status: 404 }), 'status'],
  ['a fault, with keys', json({ keys: [two.jwk] }, { status: 500 }), 'status'],
  ['a rejection', () => Promise.reject(new TypeError('fetch failed')), 'network'],
  [
    'an error',
    () => {
      throw new Error('connect ECONNREFUSED')
    },
    'network',
  ],
  ['what is no response', () => undefined, 'network'],
  [
    'a body that breaks off',
    () => new Response(new ReadableStream({ pull: (stream) => stream.error(new Error('reset')) })),
    'network',
  ],
  ['no answer', () => new Promise(() => {}), 'timeout'],
  ['a body without an end', () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })), 'timeout'],
  [
    'a body that drips',
    () =>
      new Response(
        new ReadableStream({
          async pull(stream) {
            await settled()
            stream.enqueue(new Uint8Array([0x20]))
          },
        }),
      ),
    'timeout',
  ],
]

describe('an answer that is none', () => {
  it.each(GARBAGE)('A15.2 R21 leaves the last good keys as they were: %s', async (_, answer, reason) => {
    const world = issuer(jwks(one), { timeout: 20 })
    await world.find(kids.one)
    world.pass(5 * minute)
    world.answer = answer
    expect(await world.find('nobody')).toBe('unavailable')
    expect(world.events).toEqual([
      { type: 'keys.not_fetched', at: null, about: ADDRESS, detail: { reason, kept: true } },
    ])
    expect(await world.find(kids.one)).toBe(kids.one)
    expect(await world.find(kids.two)).toBe('unavailable')
    expect([world.asked, world.keys.revision]).toEqual([2, 0])
  })

  it.each(GARBAGE)('A15.2 gives no keys where there were none: %s', async (_, answer, reason) => {
    const world = issuer(answer, { timeout: 20 })
    const options = { issuer: ISSUER, audience: RESOURCE, keys: world.keys, clock: { now: () => NOW * 1000 } }
    const token = one.token(header(one), claims())
    expect(await verifyJwt(token, options)).toEqual({ ok: false, reason: 'unavailable' })
    expect(world.events).toMatchObject([{ detail: { reason, kept: false } }])
    expect(await verifyJwt(token, options)).toEqual({ ok: false, reason: 'unavailable' })
    expect(world.asked).toBe(1)
    world.answer = jwks(one)
    world.pass(30_000)
    expect(await verifyJwt(token, options)).toMatchObject({ ok: true })
  })

  it('A15.2 is not read any further than its limit', async () => {
    let read = 0
    const endless = () =>
      new Response(new ReadableStream({ pull: (stream) => stream.enqueue(read++ ? MEBIBYTE : MEBIBYTE) }))
    const world = issuer(endless)
    expect(await world.find(kids.one)).toBe('unavailable')
    expect(read).toBeLessThan(4)
  })

  it('R21 A15.2 is told, until there is a good one or the last good keys are past their limit', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.answer = json({ keys: [] })
    for (let hour = 1; hour < 24; hour++) {
      world.pass(60 * minute)
      expect(await world.find(kids.one)).toBe(kids.one)
      expect(world.events).toHaveLength(hour)
    }
    const before = world.keys.revision
    world.pass(60 * minute)
    expect(await world.find(kids.one)).toBe('unavailable')
    expect(world.keys.revision).toBe(before + 1)
    world.pass(minute)
    world.answer = jwks(one)
    expect(await world.find(kids.one)).toBe(kids.one)
  })
})

describe('a flood', () => {
  it('A15.3 A14.6 of made-up key ids leads to one look in 30 seconds', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    const flood = () => Promise.all(Array.from({ length: 10_000 }, (_, i) => world.find(`made-up-${i}`)))
    expect(new Set(await flood())).toEqual(new Set(['unknown_key']))
    expect(world.asked).toBe(1)
    world.pass(29_999)
    await flood()
    expect(world.asked).toBe(1)
    world.pass(1)
    await flood()
    expect(world.asked).toBe(2)
    for (let second = 0; second < 60; second++) {
      world.pass(1000)
      await world.find(`made-up-${second}`)
    }
    expect(world.asked).toBe(4)
  })

  it('A15.3 leads to no more looks where these fail', async () => {
    const world = issuer(json('', { status: 500 }))
    for (let second = 0; second < 60; second++) {
      expect(await world.find(`made-up-${second}`)).toBe('unavailable')
      world.pass(1000)
    }
    expect(world.asked).toBe(2)
  })

  it('A15.3 a key that the issuer has just begun to use is found at the first look', async () => {
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.answer = jwks(one, two)
    world.pass(30_000)
    expect(await world.find(kids.two)).toBe(kids.two)
  })

  it('R19 of ten thousand tokens at once waits for one fetch', async () => {
    const server = slow()
    const world = issuer(server.answer)
    const clock = { now: () => NOW * 1000 }
    const verifier = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys: world.keys, clock })
    const tokens = Array.from({ length: 100 }, (_, i) => one.token(header(one), claims({ jti: `j_${i}` })))
    const outcomes = Promise.all(Array.from({ length: 10_000 }, (_, i) => verifier.verify(tokens[i % 100])))
    await settled()
    expect(world.asked).toBe(1)
    server.waiting[0]?.(jwks(one)())
    expect((await outcomes).every(({ ok }) => ok)).toBe(true)
    expect(world.asked).toBe(1)
  })

  it('R19 waits for one fetch, however long that takes', async () => {
    const server = slow()
    const world = issuer(server.answer, { timeout: '1h', cooldown: '1s' })
    const waiting = [world.find(kids.one)]
    for (let second = 0; second < 60; second++) {
      world.pass(1000)
      waiting.push(world.find(kids.one), world.find(`made-up-${second}`))
    }
    expect(world.asked).toBe(1)
    server.waiting[0]?.(jwks(one)())
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([kids.one, 'unknown_key']))
    expect(world.asked).toBe(1)
  })

  it('R22 while the issuer is slow, tokens with known keys do not wait, at any time', async () => {
    const server = slow()
    const world = issuer(jwks(one))
    await world.find(kids.one)
    world.answer = server.answer
    for (let second = 0; second < 3600; second += 10) {
      world.pass(10_000)
      const made_up = world.keys.find(`made-up-${second}`)
      expect(world.keys.find(kids.one)).toMatchObject({ kid: kids.one })
      expect(world.keys.find(kids.one)).not.toBeInstanceOf(Promise)
      if (second % 30 !== 0) continue
      for (const answer of server.waiting.splice(0)) answer(new Response(null, { status: 504 }))
      expect(['unavailable', 'unknown_key']).toContain(await made_up)
      await settled()
    }
    expect(world.asked).toBeLessThanOrEqual(1 + 3600 / 30)
    expect(world.asked).toBeGreaterThan(60)
  })
})

describe('time', () => {
  it('R13 that steps back neither revives keys nor stretches a cooldown', async () => {
    const world = issuer(jwks(one), { keepFor: '20m' })
    await world.find(kids.one)
    world.answer = json('', { status: 500 })
    world.pass(19 * minute)
    await world.find('nobody')
    world.pass(-10 * minute)
    expect(await world.find(kids.one)).toBe(kids.one)
    world.answer = jwks(two)
    world.pass(29_999)
    expect(await world.find(kids.two)).toBe('unavailable')
    world.pass(1)
    expect(await world.find(kids.two)).toBe(kids.two)
    world.answer = json('', { status: 500 })
    world.pass(19 * minute)
    await world.find('nobody')
    world.pass(-10 * minute)
    await world.find('nobody')
    world.pass(minute)
    expect(await world.find(kids.two)).toBe('unavailable')
  })

  it('that is none finds no keys, and breaks nothing', async () => {
    for (const now of [
      () => Number.NaN,
      () => {
        throw new Error('no time')
      },
    ]) {
      const world = issuer(jwks(one), { clock: { now } })
      expect(await world.find(kids.one)).toBe('unavailable')
      expect(world.asked).toBe(0)
    }
  })
})
