import { describe, expect, it } from 'vitest'
import { toSixDigits } from '../../src/core/base62.js'
import { fromBase64url, lengthPrefixed } from '../../src/core/bytes.js'
import { crc32 } from '../../src/core/crc32.js'
import { API_TOKEN, credentialParser, splitId } from '../../src/core/credential.js'
import checksum from '../vectors/checksum.json' with { type: 'json' }
import credentials from '../vectors/credential.json' with { type: 'json' }
import digests from '../vectors/digest.json' with { type: 'json' }
import pkce from '../vectors/pkce.json' with { type: 'json' }
import tuples from '../vectors/tuple.json' with { type: 'json' }
import { engineNames, overEngine } from './support.js'

describe('the vectors of the checksum', () => {
  it.each(checksum.texts)('CRC-32 of "$text" is $crc32, in digits $digits', ({ text, crc32: number, digits }) => {
    expect(crc32(text)).toBe(number)
    expect(crc32(`${text}tail`, text.length)).toBe(number)
    expect(toSixDigits(crc32(text))).toBe(digits)
  })

  it.each(checksum.numbers)('$number is $digits', ({ number, digits }) => {
    expect(toSixDigits(number)).toBe(digits)
  })
})

describe('the vectors of the credential format', () => {
  it.each(credentials)('$text is the secret of $id', ({ kind, text, ...parts }) => {
    expect(kind).toBe(API_TOKEN.kind)
    expect(credentialParser(API_TOKEN, [parts.prefix])(text)).toEqual(parts)
    expect(splitId(API_TOKEN, parts.id)).toEqual({ prefix: parts.prefix, locator: parts.locator })
  })
})

describe.each(engineNames)('the vectors through the engine "%s"', (name) => {
  it.each(digests)(
    'digest of a $kind with prefix $prefix and pepper $pepper.id',
    async ({ hash, pepper, ...parts }) => {
      const { createDigester } = await overEngine(name)
      const peppers = pepper === null ? [] : [{ id: pepper.id, key: fromBase64url(pepper.key) ?? new Uint8Array() }]
      const digester = createDigester(parts.kind, peppers)
      const credential = { ...parts, id: `${parts.prefix}_${parts.locator}` }
      const digest = { hash, pepper: pepper?.id ?? null }
      expect(digester.make(credential)).toEqual(digest)
      expect(digester.matches(credential, digest)).toBe(true)
    },
  )

  it.each(tuples)('the key of the tuple $encoded', async ({ parts, encoded, key }) => {
    const { tupleKey } = await overEngine(name)
    expect(lengthPrefixed(parts)).toBe(encoded)
    expect(tupleKey(...parts)).toBe(key)
  })

  it.each(pkce)('the S256 challenge $challenge', async ({ verifier, challenge }) => {
    const { challengeOf, verifyPkce } = await overEngine(name)
    expect(challengeOf(verifier)).toBe(challenge)
    expect(verifyPkce(verifier, challenge)).toBe(true)
  })

  it('the example of RFC 7636 appendix B', async () => {
    const { challengeOf } = await overEngine(name)
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })
})

it('no two tuples of the vectors share a key', () => {
  expect(new Set(tuples.map(({ key }) => key)).size).toBe(tuples.length)
})
