import { afterEach, describe, expect, it, vi } from 'vitest'
import { equalInConstantTime } from '../../src/core/bytes.js'
import { API_TOKEN, credentialParser, mintCredential } from '../../src/core/credential.js'
import { createDigester, type Pepper } from '../../src/core/digest.js'
import { ANYTHING, codeOf, overEngine } from './support.js'

const pepper = (id: string, byte = 1): Pepper => ({ id, key: new Uint8Array(32).fill(byte) })
const mint = (prefix = 'cl') => mintCredential(API_TOKEN, prefix)

afterEach(() => vi.restoreAllMocks())

describe('a digest', () => {
  it.each([
    ['without a pepper', []],
    ['under a pepper', [pepper('a')]],
    ['under the first of several', [pepper('b', 2), pepper('a')]],
  ])('matches its own credential and no other, %s', (_, peppers) => {
    const digester = createDigester('token', peppers)
    const credential = mint()
    const digest = digester.make(credential)
    expect(digest).toEqual({ hash: expect.stringMatching(/^[\w-]{43}$/), pepper: peppers[0]?.id ?? null })
    expect(digester.matches(credential, digest)).toBe(true)
    expect(digester.matches(mint(), digest)).toBe(false)
    expect(digester.isStale(digest)).toBe(false)
  })

  it('A1.7 the id of one record with the secret of another matches neither', () => {
    const digester = createDigester('token')
    const [a, b] = [mint(), mint()]
    const mixed = { ...a, verifier: b.verifier }
    expect(digester.matches(mixed, digester.make(a))).toBe(false)
    expect(digester.matches(mixed, digester.make(b))).toBe(false)
  })

  it('A1.8 the same letters in another environment have another digest', () => {
    const digester = createDigester('token')
    const live = mint('sk_live')
    expect(digester.matches({ ...live, prefix: 'sk_test' }, digester.make(live))).toBe(false)
  })

  it('A1.9 the same letters as another kind have another digest', () => {
    const credential = mint()
    expect(createDigester('refresh').matches(credential, createDigester('token').make(credential))).toBe(false)
    expect(createDigester('token').matches(credential, createDigester('token').make(credential))).toBe(true)
  })

  it('letters moved from one part to the next make another digest', () => {
    const digester = createDigester('token')
    const credential = mint()
    const moved = {
      ...credential,
      locator: credential.locator + credential.verifier.charAt(0),
      verifier: credential.verifier.slice(1),
    }
    expect(digester.matches(moved, digester.make(credential))).toBe(false)
  })

  it('A1.21 what the store keeps is no credential', () => {
    const { hash } = createDigester('token').make(mint())
    const parse = credentialParser(API_TOKEN, ['cl'])
    for (const text of [hash, `cl_${hash}`, `cl_${hash}0`, `cl_${hash.replaceAll(/\W/g, '0')}0`]) {
      expect(parse(text)).toBeUndefined()
    }
  })

  it('does not match what is missing, of another length, or empty', () => {
    const digester = createDigester('token', [pepper('a')])
    const credential = mint()
    const { hash } = digester.make(credential)
    expect(digester.matches(credential, undefined)).toBe(false)
    for (const other of ['', hash.slice(1), `${hash}A`, hash.toLowerCase(), 'A'.repeat(43)]) {
      expect(digester.matches(credential, { hash: other, pepper: 'a' })).toBe(false)
    }
  })
})

describe('peppers', () => {
  it('an older pepper of the ring still matches, and is known to be old', () => {
    const before = createDigester('token', [pepper('a')])
    const after = createDigester('token', [pepper('b', 2), pepper('a')])
    const credential = mint()
    const old = before.make(credential)
    expect(after.matches(credential, old)).toBe(true)
    expect(after.isStale(old)).toBe(true)
    expect(after.isStale(after.make(credential))).toBe(false)
    expect(after.make(credential).hash).not.toBe(old.hash)
  })

  it('digests from before the first pepper match, and are known to be old', () => {
    const digester = createDigester('token', [pepper('a')])
    const credential = mint()
    const bare = createDigester('token').make(credential)
    expect(digester.matches(credential, bare)).toBe(true)
    expect(digester.isStale(bare)).toBe(true)
  })

  it('a pepper that is gone or another key under its id matches nothing', () => {
    const credential = mint()
    const digest = createDigester('token', [pepper('a')]).make(credential)
    expect(createDigester('token', [pepper('b')]).matches(credential, digest)).toBe(false)
    expect(createDigester('token').matches(credential, digest)).toBe(false)
    expect(createDigester('token', [pepper('a', 2)]).matches(credential, digest)).toBe(false)
  })

  it('a digest without pepper under the id of a missing one does not match', () => {
    const credential = mint()
    const { hash } = createDigester('token').make(credential)
    expect(createDigester('token').matches(credential, { hash, pepper: 'gone' })).toBe(false)
  })

  it.each(['node', 'portable'] as const)('A20.17 the engine "%s" keeps a copy of the key', async (name) => {
    const { createDigester } = await overEngine(name)
    const given = pepper('a')
    const ring = [given]
    const digester = createDigester('token', ring)
    const credential = mint()
    const before = digester.make(credential)
    given.key.fill(9)
    ring[0] = pepper('b', 2)
    expect(digester.make(credential)).toEqual(before)
  })

  it.each([
    ['too short a key', [{ id: 'a', key: new Uint8Array(31) }]],
    ['an empty id', [pepper('')]],
    ['two of one id', [pepper('a'), pepper('a', 2)]],
  ])('refuses %s', (_, peppers) => {
    expect(codeOf(() => createDigester('token', peppers))).toBe('invalid_option')
  })

  it('refuses what is no id, and what is no key', () => {
    for (const value of ANYTHING) {
      if (typeof value !== 'string') {
        expect(codeOf(() => createDigester('token', [{ ...pepper('a'), id: value as string }]))).toBe('invalid_option')
      }
      expect(codeOf(() => createDigester('token', [{ id: 'a', key: value as Uint8Array }]))).toBe('invalid_option')
    }
  })
})

describe('what a refusal costs', () => {
  it.each([[[]], [[pepper('a')]]])(
    'A3.1 a record that is missing costs the very hashes of a wrong secret',
    async (peppers) => {
      const work: string[] = []
      const counting = {
        sha256: (text: string) => `${work.push(`sha256 of ${text.length}`)}`.padEnd(43),
        hmacSha256: () => (text: string) => `${work.push(`hmac of ${text.length}`)}`.padEnd(43),
      }
      vi.resetModules()
      vi.doMock('#engine', () => ({ engine: counting }))
      const { createDigester } = await import('../../src/core/digest.js')
      const digester = createDigester('token', peppers)
      const digest = { hash: 'B'.repeat(43), pepper: peppers[0]?.id ?? null }
      const cost = (call: () => void) => {
        work.length = 0
        call()
        return [...work]
      }
      const wrong = cost(() => expect(digester.matches(mint(), digest)).toBe(false))
      const missing = cost(() => expect(digester.matches(mint(), undefined)).toBe(false))
      const unknownPepper = cost(() => expect(digester.matches(mint(), { ...digest, pepper: 'gone' })).toBe(false))
      expect(wrong).toHaveLength(1)
      expect(missing).toEqual(wrong)
      expect(unknownPepper).toHaveLength(1)
    },
  )

  it('A3.2 a comparison looks at every character, wherever the first difference is', () => {
    const secret = 'a'.repeat(43)
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    const cost = (other: string) => {
      looks.mockClear()
      const equal = equalInConstantTime(secret, other)
      return { equal, looks: looks.mock.calls.length }
    }
    const all = { equal: false, looks: 86 }
    expect(cost(`b${secret.slice(1)}`)).toEqual(all)
    expect(cost(`${secret.slice(1)}b`)).toEqual(all)
    expect(cost('b'.repeat(43))).toEqual(all)
    expect(cost(secret)).toEqual({ equal: true, looks: 86 })
    expect(cost('a')).toEqual({ equal: false, looks: 0 })
  })
})
