import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFind } from '../../src/cli/scan/find.js'
import { createScanner } from '../../src/cli/scan/scanner.js'
import {
  API_TOKEN,
  CREDENTIAL_FORMATS,
  type CredentialFormat,
  credentialParser,
  fullPrefix,
  mintCredential,
} from '../../src/core/credential.js'
import { replaceAt } from '../support/world.js'

const formats = CREDENTIAL_FORMATS
const find = createFind({ formats })
const bytes = (text: string) => new TextEncoder().encode(text)
const idsIn = (text: string, look = find) => look(bytes(text)).map(({ id }) => id)
const mint = (prefix = 'acme') => mintCredential(API_TOKEN, prefix)

const prefixes = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}(_[A-Za-z0-9]{1,9}){0,2}$/)
const around = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.stringMatching(/^[0-9A-Za-z_]{0,80}$/),
  fc.constantFrom('', 'TOKEN=', '%3D', '"', '__', ' ', '\n', 'Bearer '),
)

describe('what finds credentials in bytes', () => {
  it('finds each, with its prefix, whatever stands before and behind it', () => {
    fc.assert(
      fc.property(prefixes, around, around, (prefix, before, behind) => {
        const { id, text } = mint(prefix)
        const start = bytes(before).length
        expect(find(bytes(before + text + behind))).toContainEqual({
          kind: 'token',
          id,
          prefix,
          start,
          end: start + text.length,
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('takes for one what the parser takes for one, and nothing else', () => {
    const parse = credentialParser(API_TOKEN, ['acme'])
    const only = createFind({ formats, prefixes: ['acme'] })
    fc.assert(
      fc.property(fc.nat(60), fc.constantFrom('0', 'a', 'Z', '_', '-', 'é'), (at, character) => {
        const { text } = mint()
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        expect(only(bytes(changed)).length > 0).toBe(
          parse(changed) !== undefined || parse(changed.slice(0, text.length)) !== undefined,
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('A1.2 A1.4 finds none that is mistyped anywhere, or cut short by any length, from either end', () => {
    const { text } = mint()
    for (let at = 0; at < text.length; at++) expect(idsIn(replaceAt(text, at))).toEqual([])
    for (let length = 0; length < text.length; length++) expect(idsIn(`${text.slice(0, length)}\n`)).toEqual([])
    // The checksum covers the prefix.
    for (let length = 1; length < text.length; length++) expect(idsIn(text.slice(length))).toEqual([])
  })

  it('finds many that stand one upon the other', () => {
    const all = Array.from({ length: 50 }, (_, i) => mint(`a${i}`))
    expect(idsIn(all.map(({ text }) => text).join(''))).toEqual(all.map(({ id }) => id))
  })

  it('finds those of the named prefixes only, where some are named', () => {
    const [ours, test, foreign] = [mint('acme'), mint('acme_test'), mint('other')]
    const text = [ours, test, foreign].map((credential) => credential.text).join(' ')
    expect(idsIn(text, createFind({ formats, prefixes: ['acme'] }))).toEqual([ours.id])
    expect(idsIn(text, createFind({ formats, prefixes: ['acme', 'acme_test'] }))).toEqual([ours.id, test.id])
  })

  it('finds every kind of credential, of one host or of any', () => {
    const all = formats.map((format) => [format.kind, mintCredential(format, fullPrefix(format, 'acme')).text] as const)
    const foreign = formats.map((format) => mintCredential(format, fullPrefix(format, 'other')).text)
    const text = [...all.map(([, secret]) => secret), ...foreign].join('\n')
    expect(find(bytes(text)).map(({ kind }) => kind)).toEqual([...formats, ...formats].map(({ kind }) => kind))
    const ours = createFind({ formats, prefixes: ['acme'] })
    expect(ours(bytes(text)).map(({ kind }) => kind)).toEqual(formats.map(({ kind }) => kind))
    const bare = formats.slice(1).map((format) => mintCredential(format, fullPrefix(format)).text)
    expect(find(bytes(bare.join('\n')))).toHaveLength(bare.length)
  })

  it('finds those of other lengths by the same table, each as its kind', () => {
    const code: CredentialFormat = { kind: 'code', locator: 11, verifier: 30 }
    const refresh: CredentialFormat = { kind: 'refresh', locator: 11, verifier: 49 }
    const of = createFind({ formats: [refresh, API_TOKEN, code] })
    const all = [refresh, code, API_TOKEN].map((format) => [format.kind, mintCredential(format, 'acme')] as const)
    const text = all.map(([, credential]) => `x ${credential.text}`).join('\n')
    expect(of(bytes(text)).map(({ kind, id }) => [kind, id])).toEqual(all.map(([kind, { id }]) => [kind, id]))
  })
})

describe('a scanner that takes pieces', () => {
  const tokens = [mint('a'), mint('sk_live'), mint('acme')] as const
  const text = `1 ${tokens[0].text}${tokens[1].text}, and\n${tokens[2].text}`
  const expected = find(bytes(text))

  it('finds the same, each once, wherever a piece ends', () => {
    expect(expected.map(({ id }) => id)).toEqual(tokens.map(({ id }) => id))
    for (let size = 1; size <= text.length; size++) {
      const scanner = createScanner({ formats })
      const room = new Uint8Array(size)
      const found = []
      for (let at = 0; at < text.length; at += size) {
        const piece = bytes(text.slice(at, at + size))
        // Whoever reads uses the memory of a piece again.
        room.set(piece)
        found.push(...scanner(room.subarray(0, piece.length)))
        room.fill(0)
      }
      expect(found).toEqual(expected)
    }
  })
})
