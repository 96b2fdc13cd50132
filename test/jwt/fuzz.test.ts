import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJwtVerifier, verifyJwt } from '../../src/jwt/verify.js'
import { ANYTHING } from '../core/support.js'
import { b64, claims, header, ISSUER, keysOf, makeKey, NOW, RESOURCE } from './support.js'

const RUNS = Number(process.env.FUZZ_RUNS ?? 1000)
const key = await makeKey()
const options = { issuer: ISSUER, audience: RESOURCE, keys: keysOf(key), clock: { now: () => NOW * 1000 } }
const verifier = createJwtVerifier(options)
const token = key.token(header(key), claims())
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Both ways to verify say the same, and neither throws. */
async function outcome(text: unknown) {
  const [once, kept] = await Promise.all([verifyJwt(text, options), verifier.verify(text)])
  expect(kept).toEqual(once)
  return once
}

describe('whatever comes', () => {
  it('A14.19 garbage of any type is refused with a reason, and never an exception', async () => {
    for (const garbage of ANYTHING) expect(await outcome(garbage)).toEqual({ ok: false, reason: expect.any(String) })
    const segment = fc.string({ unit: fc.constantFrom(...ALPHABET, '.', '=', '\0'), maxLength: 40 })
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('.')),
      fc.tuple(fc.nat(token.length), fc.nat(token.length)).map(([a, b]) => token.slice(a) + token.slice(0, b)),
      fc.anything(),
    )
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        if (text !== token) expect(await outcome(text)).toMatchObject({ ok: false })
      }),
      { numRuns: RUNS },
    )
  })

  it('A14.4 A14.11 A14.16 any JSON in the place of header and claims is refused, even when it is signed', async () => {
    const name = fc.constantFrom(
      'alg',
      'typ',
      'kid',
      'crit',
      'b64',
      'jwk',
      'iss',
      'aud',
      'exp',
      'cnf',
      'tl',
      '__proto__',
      'x',
    )
    const part = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.dictionary(name, fc.jsonValue({ maxDepth: 2 })))
    await fc.assert(
      fc.asyncProperty(part, part, async (first, second) => {
        const texts = [JSON.stringify(first), JSON.stringify(second)] as const
        expect(await outcome(key.token(...texts))).toMatchObject({ ok: false })
        expect(await outcome(key.token(header(key), texts[1]))).toMatchObject({ ok: false })
        expect(await outcome(key.token(texts[0], claims()))).toMatchObject({ ok: false })
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    )
  })

  it('A14.22 A14.31 a token with one character changed is refused, at every place', async () => {
    expect(await outcome(token)).toMatchObject({ ok: true })
    const characters = fc.constantFrom(...ALPHABET, '.', '=', ' ', '+', '/', '\n', 'é')
    for (let at = 0; at < token.length; at++) {
      const [other] = fc.sample(
        characters.filter((character) => character !== token[at]),
        1,
      )
      expect(await outcome(token.slice(0, at) + other + token.slice(at + 1)), `at ${at}`).toMatchObject({ ok: false })
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), characters, async (at, other) => {
        fc.pre(token[at] !== other)
        expect(await outcome(token.slice(0, at) + other + token.slice(at + 1))).toMatchObject({ ok: false })
      }),
      { numRuns: RUNS },
    )
  })

  it('A14.21 a token with a character more or less is refused, at every place', async () => {
    for (let at = 0; at <= token.length; at++) {
      expect(await outcome(`${token.slice(0, at)}A${token.slice(at)}`), `at ${at}`).toMatchObject({ ok: false })
      if (at < token.length) {
        expect(await outcome(token.slice(0, at) + token.slice(at + 1)), `at ${at}`).toMatchObject({ ok: false })
      }
    }
  })

  it('A14.2 a token whose parts come from two tokens is refused', async () => {
    const other = key.token(header(key, { note: 1 }), claims({ sub: 'u_1', jti: 'j_2' }))
    const [a, b] = [token.split('.'), other.split('.')]
    for (let mix = 1; mix < 7; mix++) {
      const text = [0, 1, 2].map((part) => (mix & (1 << part) ? a : b)[part]).join('.')
      expect(await outcome(text)).toEqual({ ok: false, reason: 'bad_signature' })
    }
    expect(await outcome(`${b64('{"alg":"ES256"}')}.${a[1]}.${a[2]}`)).toMatchObject({ ok: false })
  })
})
