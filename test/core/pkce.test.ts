import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { challengeOf, createPkce, isPkceChallenge, isPkceVerifier, verifyPkce } from '../../src/core/pkce.js'
import { ANYTHING } from './support.js'

const UNRESERVED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
const verifier = fc.string({ unit: fc.constantFrom(...UNRESERVED), minLength: 43, maxLength: 128 })
const { verifier: V, challenge: C } = createPkce()

describe('PKCE', () => {
  it('a new pair fits, and is new each time', () => {
    const pairs = Array.from({ length: 100 }, createPkce)
    for (const { verifier, challenge, method } of pairs) {
      expect(method).toBe('S256')
      expect(isPkceVerifier(verifier)).toBe(true)
      expect(isPkceChallenge(challenge)).toBe(true)
      expect(verifyPkce(verifier, challenge)).toBe(true)
    }
    expect(new Set(pairs.map(({ verifier }) => verifier)).size).toBe(100)
  })

  it('a challenge is the SHA-256 of its verifier in base64url, and fits no other verifier', () => {
    fc.assert(
      fc.property(verifier, verifier, (mine, other) => {
        expect(challengeOf(mine)).toBe(createHash('sha256').update(mine).digest('base64url'))
        expect(verifyPkce(mine, challengeOf(mine))).toBe(true)
        expect(verifyPkce(other, challengeOf(mine))).toBe(mine === other)
      }),
    )
  })

  it.each([
    ['42 characters', C.slice(1)],
    ['44 characters', `${C}A`],
    ['128 characters', 'A'.repeat(128)],
    ['padding', `${C.slice(0, -1)}=`],
    ['padding after it', `${C}=`],
    ['the other alphabet', `+${C.slice(1)}`],
    ['a slash', `/${C.slice(1)}`],
    ['a space', ` ${C.slice(1)}`],
    ['a line break', `${C}\n`],
    ['unused bits', `${C.slice(0, -1)}B`],
    ['nothing', ''],
  ])('a challenge with %s is none', (_, challenge) => {
    expect(isPkceChallenge(challenge)).toBe(false)
    expect(verifyPkce(V, challenge)).toBe(false)
  })

  it('a challenge of the right form is one, whatever it says', () => {
    expect(isPkceChallenge('A'.repeat(43))).toBe(true)
  })

  it.each([
    ['the challenge itself', C],
    ['the method', 'S256'],
    ['nothing', ''],
    ['one character', 'a'],
    ['42 characters', V.slice(1)],
    ['129 characters', 'a'.repeat(129)],
    ['a reserved character', `${V.slice(1)}+`],
    ['a character beyond ASCII', `${V.slice(1)}é`],
    ['a line break at the end', `${V}\n`],
    ['another case', V.replace(/[a-zA-Z]/g, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()))],
    ['100 KiB', 'a'.repeat(102_400)],
  ])('a verifier of %s does not fit', (_, verifier) => {
    expect(verifyPkce(verifier, C)).toBe(false)
  })

  it('a verifier of the wrong form does not fit even the challenge that was made of it', () => {
    for (const verifier of ['', 'a', 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}+`, `${'a'.repeat(43)}\n`]) {
      expect(verifyPkce(verifier, challengeOf(verifier))).toBe(false)
    }
  })

  it('plain is not supported: a challenge that is its verifier fits nothing', () => {
    expect(verifyPkce(C, C)).toBe(false)
    expect(verifyPkce('A'.repeat(43), 'A'.repeat(43))).toBe(false)
  })

  it('anything is taken on either side, and nothing throws', () => {
    for (const value of ANYTHING) {
      expect(isPkceVerifier(value) || isPkceChallenge(value)).toBe(false)
      expect(verifyPkce(value, C) || verifyPkce(V, value) || verifyPkce(value, value)).toBe(false)
    }
  })
})
