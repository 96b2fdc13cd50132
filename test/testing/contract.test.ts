import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/core/time.js'
import { memoryStore } from '../../src/store/memory.js'
import type { TokenStore } from '../../src/store/store.js'
import { createClock, slowStore, storeContract } from '../../src/testing/index.js'

const shared = memoryStore()

const ways: readonly { name: string; make: (options: { clock?: Clock }) => TokenStore | Promise<TokenStore> }[] = [
  { name: 'memory', make: (options) => memoryStore(options) },
  { name: 'slowed memory', make: (options) => slowStore(memoryStore(options), { seed: 7 }) },
  { name: 'memory with latency', make: (options) => memoryStore({ ...options, latency: { max: 1 } }) },
]

describe.each(ways)('storeContract on $name', ({ make }) => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const clock = createClock()
      await run(() => make({ clock }), clock)
    })
  }
})

describe('storeContract by the store’s own time, on a store that others have used', () => {
  for (const { name, run } of storeContract) it(name, () => run(() => shared))
})

it('names each case once', () => {
  const names = storeContract.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
