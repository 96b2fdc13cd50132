import { describe, expect, it, vi } from 'vitest'
import { createSeen } from '../../src/jwt/seen.js'
import type { VerificationKeys } from '../../src/jwt/types.js'
import { createJwtVerifier, type JwtVerifierOptions } from '../../src/jwt/verify.js'
import { issuer as issuerOf, jwks, one, two } from './issuer.js'
import { claims, header, ISSUER, keysOf, makeKey, NOW, RESOURCE } from './support.js'

const key = await makeKey()
const token = key.token(header(key), claims())
const MOMENT = { now: 0, revision: 0 }
const ACCEPTED = { ok: true, claims: expect.objectContaining({ jti: 'j_1' }), kid: expect.any(String) }

/** A verifier with its clock, its keys' revision, and how many signatures it has verified. */
function world(options: Partial<JwtVerifierOptions> = {}) {
  const state = { now: NOW * 1000, revision: 0, removed: false, verified: 0 }
  const known = keysOf(key)
  const keys: VerificationKeys = {
    find: async (kid) => {
      const found = await known.find(kid)
      if (typeof found === 'string' || state.removed) return 'unknown_key'
      return {
        ...found,
        verify: (data, signature) => {
          state.verified++
          return found.verify(data, signature)
        },
      }
    },
    get revision() {
      return state.revision
    },
  }
  const clock = { now: () => state.now }
  const { verify } = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys, clock, ...options })
  return Object.assign(state, {
    verify,
    pass: (milliseconds: number) => {
      state.now += milliseconds
    },
  })
}

describe('a token that was seen before', () => {
  it('costs no signature, and gives the same claims', async () => {
    const here = world()
    const first = await here.verify(token)
    expect(first).toEqual(ACCEPTED)
    expect(await here.verify(token)).toBe(first)
    expect(here.verified).toBe(1)
    expect(Object.isFrozen(first)).toBe(true)
  })

  it('is not remembered where it was refused', async () => {
    const here = world()
    const forged = `${token.slice(0, -10)}AAAAAAAAAA`
    for (let i = 0; i < 3; i++) expect(await here.verify(forged)).toEqual({ ok: false, reason: 'bad_signature' })
    expect(here.verified).toBe(3)
  })
})

describe('what is remembered', () => {
  it('A14.31 is of the whole token: the same claims with another signature are another token', async () => {
    const here = world()
    await here.verify(token)
    const [first, payload, signature] = token.split('.') as [string, string, string]
    const others = [
      `${first}.${payload}.${signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))}`,
      `${first}.${payload}.${'A'.repeat(86)}`,
      `${first}.${payload}.${signature}A`,
      `${first}.${payload}.`,
      `${first}.${payload}`,
    ]
    for (const other of others) expect(await here.verify(other)).toMatchObject({ ok: false })
    expect(await here.verify(token)).toEqual(ACCEPTED)
  })

  it('A14.31 is of one token: no two share an entry, nor does one for another part of it', async () => {
    const here = world()
    const tokens = Array.from({ length: 50 }, (_, i) => key.token(header(key), claims({ sub: `u_${i}`, jti: 'same' })))
    for (let round = 0; round < 2; round++) {
      for (const [i, text] of tokens.entries()) {
        expect(await here.verify(text)).toMatchObject({ claims: { sub: `u_${i}` } })
      }
    }
    expect(here.verified).toBe(50)
  })

  it('A14.31 is of one verifier: what one accepts says nothing to another', async () => {
    const options: Partial<JwtVerifierOptions>[] = [
      { audience: 'https://other.test' },
      { issuer: 'https://other.test' },
      { typ: 'JWT' },
      { maxAge: '1s', clockSkew: 0 },
    ]
    const here = world()
    expect(await here.verify(token)).toEqual(ACCEPTED)
    for (const other of options) {
      const there = world(other)
      there.pass(2000)
      expect(await there.verify(token)).toMatchObject({ ok: false })
    }
    const seen = createSeen<string>('one', { most: 9, maxAge: 9 })
    seen.get('t', MOMENT)
    seen.add('t', 'by one', 9, MOMENT)
    expect(seen.get('t', MOMENT)).toBe('by one')
    expect(createSeen<string>('two', { most: 9, maxAge: 9 }).get('t', MOMENT)).toBeUndefined()
  })

  it('A14.32 ends exactly when the token expires: in the skew, each request is verified', async () => {
    const here = world({ seen: { maxAge: '1d' } })
    await here.verify(token)
    here.pass(599_999)
    expect(await here.verify(token)).toEqual(ACCEPTED)
    expect(here.verified).toBe(1)
    here.pass(1)
    expect(await here.verify(token)).toEqual(ACCEPTED)
    expect(await here.verify(token)).toEqual(ACCEPTED)
    expect(here.verified).toBe(3)
    here.pass(60_000)
    expect(await here.verify(token)).toEqual({ ok: false, reason: 'expired' })
  })

  it('A14.32 ends when the token is older than the verifier allows', async () => {
    const here = world({ maxAge: '30s', clockSkew: 0 })
    await here.verify(token)
    here.pass(29_999)
    expect(await here.verify(token)).toEqual(ACCEPTED)
    here.pass(1)
    expect(await here.verify(token)).toEqual({ ok: false, reason: 'too_old' })
    expect(here.verified).toBe(1)
  })

  it('A14.32 ends at the bound', async () => {
    const here = world()
    await here.verify(token)
    here.pass(59_999)
    await here.verify(token)
    expect(here.verified).toBe(1)
    here.pass(1)
    await here.verify(token)
    expect(here.verified).toBe(2)
  })

  it('A14.32 ends when a key goes, at once', async () => {
    const here = world()
    await here.verify(token)
    here.removed = true
    here.revision++
    expect(await here.verify(token)).toEqual({ ok: false, reason: 'unknown_key' })
    here.removed = false
    here.revision++
    expect(await here.verify(token)).toEqual(ACCEPTED)
    expect(here.verified).toBe(2)
  })

  it('A14.32 is nothing that was found out while a key went', async () => {
    const given: ((found: typeof key.key) => void)[] = []
    const state = { revision: 0 }
    const keys = {
      find: () => new Promise<typeof key.key>((resolve) => given.push(resolve)),
      get revision() {
        return state.revision
      },
    }
    const clock = { now: () => NOW * 1000 }
    const { verify } = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys, clock })
    const before = verify(token)
    state.revision++
    verify('another')
    given[0]?.(key.key)
    expect(await before).toEqual(ACCEPTED)
    verify(token)
    expect(given).toHaveLength(2)
    given[1]?.(key.key)
  })

  it('A14.32 follows the keys of a remote issuer: one that is gone, and all of them past their limit', async () => {
    const server = issuerOf(jwks(one, two))
    const clock = { now: () => NOW * 1000 }
    const { verify } = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys: server.keys, clock })
    const text = one.token(header(one), claims())
    expect(await verify(text)).toEqual(ACCEPTED)
    server.answer = jwks(two)
    server.pass(10 * 60_000)
    await server.find('nobody')
    expect(await verify(text)).toEqual({ ok: false, reason: 'unknown_key' })

    const kept = two.token(header(two), claims())
    expect(await verify(kept)).toEqual(ACCEPTED)
    server.answer = () => Promise.reject(new Error('down'))
    server.pass(24 * 3_600_000)
    expect(await verify(kept)).toEqual({ ok: false, reason: 'unavailable' })
  })

  it('R13 A14.32 is nothing that was over: a clock that steps back by ten minutes brings no token back', async () => {
    const here = world({ seen: { maxAge: '1d' } })
    await here.verify(token)
    here.pass(660_000)
    expect(await here.verify(token)).toEqual({ ok: false, reason: 'expired' })
    here.pass(-600_000)
    here.removed = true
    expect(await here.verify(token)).toEqual({ ok: false, reason: 'unknown_key' })
  })

  it('R13 is forgotten by a step back, so a bound is never stretched', async () => {
    const here = world()
    await here.verify(token)
    here.pass(-600)
    await here.verify(token)
    await here.verify(token)
    expect(here.verified).toBe(2)
  })

  it('is bounded: the oldest tokens give way, and half of them at least stay', async () => {
    const here = world({ seen: { most: 4 } })
    const tokens = [1, 2, 3, 4, 5].map((i) => key.token(header(key), claims({ jti: `j_${i}` })))
    for (const text of tokens) await here.verify(text)
    expect(here.verified).toBe(5)
    for (const text of tokens.slice(2)) await here.verify(text)
    expect(here.verified).toBe(5)
    await here.verify(tokens[0])
    expect(here.verified).toBe(6)
  })

  it('is no token: nothing that could be sent is in it', () => {
    const keys: unknown[] = []
    const set = vi.spyOn(Map.prototype, 'set').mockImplementation(function (this: Map<unknown, unknown>, name) {
      keys.push(name)
      return this
    })
    const seen = createSeen<string>('verifier', { most: 9, maxAge: 9 })
    seen.get(token, MOMENT)
    seen.add(seen.keyOf(token), 'x', 9, MOMENT)
    set.mockRestore()
    expect(keys).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)])
  })
})
