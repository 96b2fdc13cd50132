import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawSignature, signatureOf } from '../../src/http/github/signature.js'
import { es256 as node } from '../../src/jwt/engine/node.js'
import { es256 as portable } from '../../src/jwt/engine/portable.js'

interface Vectors {
  readonly numberOfTests: number
  readonly groups: readonly {
    readonly keys: { readonly x: string; readonly y: string }
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly sig: string
      readonly result: string
    }[]
  }[]
}

const path = fileURLToPath(new URL('../vectors/wycheproof/ecdsa_secp256r1_sha256_test.json', import.meta.url))
const { numberOfTests, groups }: Vectors = JSON.parse(readFileSync(path, 'utf8'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const coordinate = (hex: string) => Buffer.from(hex.slice(-64).padStart(64, '0'), 'hex').toString('base64url')

describe.each(Object.entries({ node, portable }))('signatures in DER over the engine %s', (_, engine) => {
  it('A14.23 come out as the vectors say', async () => {
    const wrong: number[] = []
    let seen = 0
    for (const { keys, tests } of groups) {
      const verify = await engine.verifier({ x: coordinate(keys.x), y: coordinate(keys.y) })
      for (const { tcId, msg, sig, result } of tests) {
        seen++
        const raw = signatureOf(Buffer.from(sig, 'hex').toString('base64'))
        const accepted = raw !== undefined && (await verify(bytes(msg), raw))
        if (accepted !== (result === 'valid')) wrong.push(tcId)
      }
    }
    expect(seen).toBe(numberOfTests)
    expect(wrong).toEqual([])
  })
})

const numbers = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** What DER makes of two numbers. */
function derOf(...parts: readonly Uint8Array[]): Buffer {
  const integers = parts.map((part) => {
    const first = part.findIndex((byte) => byte !== 0)
    const digits = [...part.subarray(first < 0 ? -1 : first)]
    const bytes = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
    return [0x02, bytes.length, ...bytes]
  })
  const all = integers.flat()
  return Buffer.from([0x30, all.length, ...all])
}

describe('a signature', () => {
  it('is read from the one encoding that it has, and from no other', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.nat(80), fc.nat(255), (r, s, at, byte) => {
        const der = derOf(r, s)
        expect(Buffer.from(rawSignature(der) ?? [])).toEqual(Buffer.concat([r, s]))
        const changed = Buffer.from(der)
        changed[at % der.length] = byte
        const read = rawSignature(changed)
        if (read !== undefined) expect(derOf(read.subarray(0, 32), read.subarray(32))).toEqual(changed)
      }),
      { numRuns: 2000 },
    )
  })

  it('is read from canonical base64 alone, and never throws', () => {
    const number = new Uint8Array(32).fill(0xfb, 1).fill(0x7f, 0, 1)
    const der = derOf(number, number)
    const text = der.toString('base64')
    expect(signatureOf(text)).toBeDefined()
    const odd = [
      text.slice(0, -1),
      `${text}====`,
      ` ${text}`,
      der.toString('base64url'),
      text.replace(/.==$/, 'B=='),
      '=',
      '====',
    ]
    expect(odd.map(signatureOf)).toEqual(odd.map(() => undefined))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (anything) => void signatureOf(anything)))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (anything) => void rawSignature(anything)))
  })
})
