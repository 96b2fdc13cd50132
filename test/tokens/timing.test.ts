import { afterEach, describe, expect, it, vi } from 'vitest'
import { engine } from '../../src/core/engine/node.js'
import { nearStores } from '../support/stores.js'

const pepper = (id: string) => ({ id, key: new Uint8Array(32).fill(id.charCodeAt(0)) })

afterEach(() => {
  vi.doUnmock('#engine')
  vi.resetModules()
})

/** The library loaded anew, over an engine that takes down what it hashes. */
async function weighed(make: (typeof nearStores)[number]['make'], peppers: ReturnType<typeof pepper>[]) {
  const hashed: string[] = []
  vi.resetModules()
  vi.doMock('#engine', () => ({
    engine: {
      sha256: (text: string) => {
        hashed.push(`sha256 of ${text.length}`)
        return engine.sha256(text)
      },
      hmacSha256: (key: Uint8Array) => {
        const hmac = engine.hmacSha256(key)
        return (text: string) => {
          hashed.push(`hmac of ${text.length}`)
          return hmac(text)
        }
      },
    },
  }))
  const compared = vi.spyOn(await import('../../src/core/bytes.js'), 'equalInConstantTime')
  const { alice, draft, replaceAt, resealed, world } = await import('../support/world.js')
  const { tokens } = await world(make, { peppers })
  const issue = async () => (await tokens.issue(draft)).secret.reveal()
  const plain = await issue()
  const rotated = await issue()
  await tokens.rotate(rotated.slice(0, 14), { by: alice, overlap: '1h' })
  const revoked = await issue()
  await tokens.revoke(revoked.slice(0, 14), { by: alice })
  const wrong = (text: string, at: number) => resealed(text, (body) => replaceAt(body, at))
  const work = async (text: string) => {
    hashed.length = 0
    compared.mockClear()
    const seen = await tokens.verify(text)
    const lengths = compared.mock.calls.map(([a, b]) => `${a.length} with ${b.length}`)
    return { reason: seen.ok ? 'ok' : seen.reason, hashed: [...hashed], lengths }
  }
  return { plain, rotated, revoked, wrong, work }
}

describe.each(nearStores)('the work of a refusal (counted, not timed), on the $name store:', ({ make }) => {
  it.each([[[]], [[pepper('a')]]])(
    'A3.1 an unknown id is as much as a wrong secret: of a token that is live, rotated or revoked',
    async (peppers) => {
      const { plain, rotated, revoked, wrong, work } = await weighed(make, peppers)
      const unknown = await work(wrong(plain, 5))
      expect(unknown.reason).toBe('unknown')
      expect(unknown.hashed).toHaveLength(2)
      expect(unknown.lengths).toEqual(['43 with 43', '43 with 43'])
      for (const text of [plain, rotated, revoked]) expect(await work(wrong(text, 30))).toEqual(unknown)
    },
  )

  it('A3.2 a secret that is wrong in its first character is as much as one that is wrong in its last', async () => {
    const { plain, wrong, work } = await weighed(make, [])
    expect(await work(wrong(plain, 14))).toEqual(await work(wrong(plain, 40)))
  })
})
