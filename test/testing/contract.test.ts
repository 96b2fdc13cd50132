import { describe, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import { createClock, slowStore, storeContract } from '../../src/testing/index.js'
import { stores } from '../support/stores.js'

describe.each([
  ...stores,
  { name: 'slow memory', make: (options: object) => slowStore(memoryStore(options), { seed: 7 }) },
  { name: 'memory with latency', make: (options: object) => memoryStore({ ...options, latency: { max: 1 } }) },
])('storeContract on $name', ({ make }) => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const clock = createClock()
      await run(() => make({ clock }), clock)
    })
  }
})
