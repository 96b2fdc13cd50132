import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '../../src/core/bytes.js'
import { jwsReader, parseCompact } from '../../src/jwt/compact.js'
import { es256 as node } from '../../src/jwt/engine/node.js'
import { es256 as portable } from '../../src/jwt/engine/portable.js'
import { headerRule } from '../../src/jwt/header-rules.js'
import { keyOf, readKeySet } from '../../src/jwt/key-set.js'
import { verifyJwt } from '../../src/jwt/verify.js'
import { ISSUER, RESOURCE } from './support.js'

interface Group<Keys, Test> {
  readonly keys: Keys
  readonly tests: readonly (Test & { readonly tcId: number; readonly comment: string; readonly result: string })[]
}
interface Vectors<Keys, Test> {
  readonly numberOfTests: number
  readonly groups: readonly Group<Keys, Test>[]
}

function read<Keys, Test>(name: string): Vectors<Keys, Test> {
  const path = fileURLToPath(new URL(`../vectors/wycheproof/${name}_test.json`, import.meta.url))
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors<Keys, Test>
}

type Jwk = Readonly<Record<string, unknown>>
type Signed = { readonly jws?: string; readonly jwe?: string }

/** The payloads of the vectors are no claims, and their headers have no `typ`: all but that is as for any token. */
async function verifyJws(jws: string, keys: Jwk | readonly Jwk[]): Promise<string> {
  const rule = headerRule('JWT')
  const read = jwsReader((header) => rule({ ...header, typ: 'JWT' }))
  const parsed = parseCompact(jws, read)
  if (typeof parsed === 'string') return parsed
  const listed = (Array.isArray(keys) ? keys : [keys]).map(({ d: _, ...jwk }) => jwk)
  const known = (await readKeySet(utf8(JSON.stringify({ keys: listed })))) ?? new Map()
  const key = keyOf(known, parsed.header.kid as string | undefined)
  if (typeof key === 'string') return key
  return (await key.verify(parsed.signedBytes(), parsed.signature)) ? 'accepted' : 'bad_signature'
}

/**
 * The vectors that are accepted, and those that are refused although they are valid, by the reason: they are of an algorithm that a
 * verifier of ES256 must not take. 372, of HS256 as well, has a `?` in its header segment, which RFC 7515 does not have there.
 */
const EXPECTED = {
  json_web_signature: {
    accepted: [18, 378],
    algorithm: [
      [1, 33],
      [259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272, 273, 274, 275, 287, 288],
      [320, 321, 322, 323, 325, 326, 327, 328, 345, 346, 347, 348, 349, 350, 351, 352, 357, 358, 359, 373, 376, 377],
    ].flat(),
    malformed: [372],
  },
  json_web_key: { algorithm: [2, 5, 13, 14, 15] },
  json_web_crypto: { accepted: [18], algorithm: [1, 33, 48], malformed: [50, 67] },
} as const

const names = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]

describe.each(names)('the vectors of %s', (name) => {
  const { numberOfTests, groups } = read<Jwk | readonly Jwk[], Signed>(name)
  const all = groups.flatMap(({ keys, tests }) =>
    tests.map((test) => ({ ...test, keys, text: test.jws ?? test.jwe ?? '' })),
  )

  it('are all there', () => expect(all).toHaveLength(numberOfTests))

  it('A14.1 A14.2 A14.3 A14.21 A14.22 A14.23 A14.24 A14.29 are refused where they are invalid', async () => {
    const invalid = all.filter(({ result }) => result !== 'valid')
    expect(invalid.length).toBeGreaterThan(20)
    for (const { tcId, comment, text, keys } of invalid) {
      expect(await verifyJws(text, keys), `${tcId} ${comment}`).not.toBe('accepted')
    }
  })

  it('are accepted where they are valid and of ES256, and the deviations are those that are listed', async () => {
    const outcomes: Record<string, number[]> = {}
    for (const { tcId, text, keys } of all.filter(({ result }) => result === 'valid')) {
      const outcome = await verifyJws(text, keys)
      outcomes[outcome] = [...(outcomes[outcome] ?? []), tcId]
    }
    expect(outcomes).toEqual(EXPECTED[name])
  })
})

describe('the vectors of json_web_encryption', () => {
  const { numberOfTests, groups } = read<null, { readonly jwe: string }>('json_web_encryption')
  const all = groups.flatMap(({ tests }) => tests)

  it('A14.26 are refused unread, valid or not, and lead to no key', async () => {
    expect(all).toHaveLength(numberOfTests)
    const asked: unknown[] = []
    const find = (kid: unknown) => {
      asked.push(kid)
      return 'unknown_key' as const
    }
    for (const { jwe, tcId } of all) {
      const outcome = await verifyJwt(jwe, { issuer: ISSUER, audience: RESOURCE, keys: { find, revision: 0 } })
      expect(outcome, `${tcId}`).toEqual({ ok: false, reason: 'malformed' })
    }
    expect(asked).toEqual([])
  })
})

describe.each(Object.entries({ node, portable }))('over the engine %s, the vectors of ECDSA on P-256', (_, engine) => {
  type Point = { readonly x: string; readonly y: string }
  type Case = { readonly msg: string; readonly sig: string }
  const coordinate = (hex: string) => toBase64url(Buffer.from(hex.slice(-64).padStart(64, '0'), 'hex'))
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

  async function outcomes(name: string) {
    const { numberOfTests, groups } = read<Point, Case>(name)
    const found: { name: string; valid: boolean; accepted: boolean }[] = []
    for (const { keys, tests } of groups) {
      const verify = await engine.verifier({ x: coordinate(keys.x), y: coordinate(keys.y) })
      for (const { tcId, comment, result, msg, sig } of tests) {
        const accepted = await verify(bytes(msg), bytes(sig))
        found.push({ name: `${tcId} ${comment}`, valid: result === 'valid', accepted })
      }
    }
    expect(found).toHaveLength(numberOfTests)
    return found
  }

  it('A14.23 in the form of JOSE come out as they say, without an exception', async () => {
    const found = await outcomes('ecdsa_secp256r1_sha256_p1363')
    expect(found.filter(({ valid, accepted }) => valid !== accepted)).toEqual([])
    expect(found.filter(({ accepted }) => accepted).length).toBeGreaterThan(100)
  })

  it('A14.23 in DER are refused, valid or not', async () => {
    const found = await outcomes('ecdsa_secp256r1_sha256')
    expect(found.filter(({ accepted }) => accepted)).toEqual([])
  })
})
