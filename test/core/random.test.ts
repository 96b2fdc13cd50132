import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The modules that draw, with an empty pool. */
async function fresh() {
  vi.resetModules()
  const [base62, random, credential] = await Promise.all([
    import('../../src/core/base62.js'),
    import('../../src/core/random.js'),
    import('../../src/core/credential.js'),
  ])
  return { ...base62, ...random, ...credential }
}

/** The system's generator, replaced. Shows what it fills. */
const generator = (fill: (bytes: Uint8Array) => void) =>
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array instanceof Uint8Array) fill(array)
    return array
  })

/** A generator each byte of which is the one after the last. */
function countUp() {
  let next = 0
  return generator((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = next++
  })
}

const exhausted = () => {
  throw new Error('no entropy')
}

const occurrences = (text: string) => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return counts
}

/** Pearson's statistic against all 62 digits being equally likely; 61 degrees of freedom. */
function chiSquare(text: string): number {
  const counts = occurrences(text)
  const expected = text.length / DIGITS.length
  return [...DIGITS].reduce((sum, digit) => sum + ((counts.get(digit) ?? 0) - expected) ** 2 / expected, 0)
}

beforeEach(() => vi.restoreAllMocks())
afterEach(() => vi.restoreAllMocks())

describe('drawing base62', () => {
  it('every digit is equally likely: when every byte comes equally often, so does every digit', async () => {
    const { randomBase62 } = await fresh()
    countUp()
    const text = randomBase62(62 * 4 * 16)
    expect(occurrences(text)).toEqual(new Map([...DIGITS].map((digit) => [digit, 64])))
  })

  it('A1.23 a large sample has no duplicate and no favourite character, in any position', async () => {
    const { API_TOKEN, mintCredential } = await fresh()
    const minted = Array.from({ length: 60_000 }, () => mintCredential(API_TOKEN, 'cl'))
    expect(new Set(minted.map(({ locator }) => locator)).size).toBe(minted.length)
    expect(new Set(minted.map(({ verifier }) => verifier)).size).toBe(minted.length)
    const bodies = minted.map(({ locator, verifier }) => locator + verifier)
    // 61 degrees of freedom: the mean is 61, the standard deviation 11. A fair generator passes 200 once in 10^16 runs.
    expect(chiSquare(bodies.join(''))).toBeLessThan(200)
    for (const at of [0, 10, 11, 37])
      expect(chiSquare(bodies.map((body) => body.charAt(at)).join(''))).toBeLessThan(200)
  })

  it('A1.23 a verifier has 160 bits, and a locator 64', async () => {
    const { API_TOKEN } = await fresh()
    expect(API_TOKEN.verifier * Math.log2(62)).toBeGreaterThanOrEqual(160)
    expect(API_TOKEN.locator * Math.log2(62)).toBeGreaterThanOrEqual(64)
  })

  it('A1.24 constant Math.random and Date change nothing: only the system generator is drawn from', async () => {
    const { API_TOKEN, mintCredential } = await fresh()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    vi.spyOn(Date, 'now').mockReturnValue(0)
    const drawn = vi.spyOn(crypto, 'getRandomValues')
    const texts = Array.from({ length: 1000 }, () => mintCredential(API_TOKEN, 'cl').text)
    expect(new Set(texts).size).toBe(1000)
    expect(drawn).toHaveBeenCalled()
    expect(Math.random).not.toHaveBeenCalled()
    expect(Date.now).not.toHaveBeenCalled()
  })

  it.each([0, 1, 10, 11, 27, 43, 10_000])('gives exactly %i characters', async (length) => {
    const { randomBase62 } = await fresh()
    expect(randomBase62(length)).toMatch(new RegExp(`^[0-9A-Za-z]{${length}}$`))
  })
})

describe('the pool of random bytes', () => {
  it('hands out every byte of the generator once, in order', async () => {
    const { randomByte } = await fresh()
    const drawn = countUp()
    const bytes = Array.from({ length: 20_000 }, randomByte)
    expect(bytes).toEqual(bytes.map((_, i) => i % 256))
    expect(drawn.mock.calls.length).toBe(Math.ceil(20_000 / 8192))
  })

  it('forgets a byte as soon as it is drawn', async () => {
    const { randomByte } = await fresh()
    let pool: Uint8Array = new Uint8Array()
    generator((bytes) => {
      pool = bytes.fill(7)
    })
    for (let i = 0; i < 10; i++) expect(randomByte()).toBe(7)
    expect([...pool.subarray(0, 11)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
  })

  it('R66 without entropy nothing is issued, and once it is back all goes on', async () => {
    const { API_TOKEN, mintCredential, randomByte } = await fresh()
    const failing = generator(exhausted)
    for (let i = 0; i < 3; i++) expect(() => mintCredential(API_TOKEN, 'cl')).toThrow('no entropy')
    expect(randomByte).toThrow('no entropy')
    failing.mockRestore()
    expect(new Set(Array.from({ length: 100 }, () => mintCredential(API_TOKEN, 'cl').text)).size).toBe(100)
  })

  it('R66 entropy that fails in the middle of a credential yields none', async () => {
    const { API_TOKEN, mintCredential, randomByte } = await fresh()
    for (let i = 0; i < 8192 - 20; i++) randomByte()
    generator(exhausted)
    expect(() => mintCredential(API_TOKEN, 'cl')).toThrow('no entropy')
  })
})
