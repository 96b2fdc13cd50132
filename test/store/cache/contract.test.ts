import type { TokenStore } from 'tokenloop'
import { cached } from 'tokenloop/cache'
import { createClock, slowStore, storeContract } from 'tokenloop/testing'
import { describe, it } from 'vitest'
import { memoryStore } from '../../../src/store/memory.js'
import { cachedStores } from '../../support/cached.js'

describe.each(cachedStores)('storeContract on $name', ({ make }) => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const clock = createClock()
      await run(() => make({ clock }), clock)
    })
  }
})

/** A store of which all that may be late is asked for as late. */
const always = (store: TokenStore): TokenStore => ({
  ...store,
  getWith: (kind, id) => store.getWith(kind, id, { late: true }),
})

describe('storeContract where each read may be late, for whoever writes through the same cache', () => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const clock = createClock()
      const slow = slowStore(memoryStore({ clock }), { seed: 7 })
      await run(() => always(cached(slow, { maxStaleness: '5s', clock })), clock)
    })
  }
})
