import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '../../src/core/bytes.js'
import { es256 as node } from '../../src/jwt/engine/node.js'
import { es256 as portable } from '../../src/jwt/engine/portable.js'

/** RFC 7515 appendix A.3. */
const PAIR = {
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
}
const SIGNED = utf8(
  'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
)
const SIGNATURE = bytes('DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q')

function bytes(text: string): Uint8Array {
  const found = fromBase64url(text)
  if (found === undefined) throw new Error('no base64url')
  return found
}

const engines = { node, portable }

describe.each(Object.entries(engines))('the engine %s', (_, engine) => {
  it('verifies the example of RFC 7515 appendix A.3, and nothing that differs from it by a bit', async () => {
    const verify = await engine.verifier(PAIR)
    expect(await verify(SIGNED, SIGNATURE)).toBe(true)
    for (const at of [0, 31, 32, 63]) {
      const changed = SIGNATURE.map((byte, i) => (i === at ? byte ^ 1 : byte))
      expect(await verify(SIGNED, changed)).toBe(false)
    }
    const other = SIGNED.map((byte, i) => (i === 40 ? byte ^ 1 : byte))
    expect(await verify(other, SIGNATURE)).toBe(false)
  })

  it.each(['nothing', 'a byte less', 'a byte more', 'DER'])('refuses a signature with %s', async (what) => {
    const verify = await engine.verifier(PAIR)
    const der = Uint8Array.from([0x30, 0x45, 2, 0x20, ...SIGNATURE.slice(0, 32), 2, 0x21, 0, ...SIGNATURE.slice(32)])
    const wrong = {
      nothing: new Uint8Array(0),
      'a byte less': SIGNATURE.slice(0, 63),
      'a byte more': Uint8Array.from([...SIGNATURE, 0]),
      DER: der,
    }[what]
    expect(await verify(SIGNED, wrong as Uint8Array)).toBe(false)
  })

  it.each(Object.entries(engines))(
    'signs what the engine %s verifies, in this thread and in others',
    async (_, other) => {
      const verify = await other.verifier(PAIR)
      for (const inPool of [false, true]) {
        const sign = await engine.signer(PAIR, { inPool })
        const signature = await sign(SIGNED)
        expect(signature.length).toBe(64)
        expect(await verify(SIGNED, signature)).toBe(true)
      }
    },
  )

  it('makes keys that sign, each another', async () => {
    const [a, b] = [await engine.generate(), await engine.generate()]
    expect(Object.keys(a).sort()).toEqual(['d', 'x', 'y'])
    for (const number of [...Object.values(a), ...Object.values(b)]) expect(bytes(number).length).toBe(32)
    expect(a.d).not.toBe(b.d)
    const signature = await (await engine.signer(a))(SIGNED)
    expect(await (await engine.verifier(a))(SIGNED, signature)).toBe(true)
    expect(await (await engine.verifier(b))(SIGNED, signature)).toBe(false)
  })

  it('A14.24 takes no point that is not on the curve', async () => {
    const zero = toBase64url(new Uint8Array(32))
    const points = [
      { x: PAIR.x, y: PAIR.x },
      { x: zero, y: zero },
      { x: toBase64url(new Uint8Array(32).fill(255)), y: PAIR.y },
    ]
    for (const point of points) {
      const imported = (async () => engine.verifier(point))()
      await expect(imported).rejects.toThrow()
    }
  })

  it('encodes as RFC 4648 section 5 says', () => {
    for (const text of ['', 'a', 'ab', 'abc', '{"iss":"joe"}', 'é€😀', '\u00ff\u00fe?>']) {
      expect(engine.encode(text)).toBe(toBase64url(utf8(text)))
      expect(engine.encodeBytes(utf8(text))).toBe(toBase64url(utf8(text)))
    }
    expect(engine.encodeBytes(SIGNATURE.subarray(3, 9))).toBe(toBase64url(SIGNATURE.slice(3, 9)))
  })
})

it('the engines take the same texts for base64url, and make the same of them', () => {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const near = fc.string({
    unit: fc.constantFrom(...characters, '+', '/', '=', ' ', '\n', 'é', '\ud800'),
    maxLength: 9,
  })
  const proper = fc.uint8Array({ maxLength: 80 }).map(toBase64url)
  fc.assert(
    fc.property(fc.oneof(near, proper, fc.string({ unit: 'binary' })), (text) => {
      const [a, b] = [node.decode(text), portable.decode(text)]
      expect(a && new Uint8Array(a)).toEqual(b && new Uint8Array(b))
      expect(new Uint8Array(node.bytes(text))).toEqual(portable.bytes(text))
    }),
    { numRuns: 3000 },
  )
  for (const a of characters) for (const b of characters) expect(!node.decode(a + b)).toBe(!portable.decode(a + b))
})
