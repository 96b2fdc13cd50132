import type { TokenStore } from 'tokenloop'
import { cached } from 'tokenloop/cache'
import { createClock, slowStore, storeContract } from 'tokenloop/testing'
import { describe, it } from 'vitest'
import { memoryStore } from '../../../src/store/memory.js'
import { cachedStores } from '../../support/cached.js'
import { everyStore, type StoreOfTests } from '../../support/stores.js'

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

const slowMemory: StoreOfTests = {
  name: 'memory that takes its time',
  make: (options) => slowStore(memoryStore(options), { seed: 7 }),
}

describe.each([slowMemory, ...everyStore])(
  'storeContract behind a cache on $name where each read may be late, for whoever writes through it',
  ({ make }) => {
    for (const { name, run } of storeContract) {
      it(name, async () => {
        const clock = createClock()
        await run(async () => always(cached(await make({ clock }), { maxStaleness: '5s', clock })), clock)
      }, 120_000)
    }
  },
)
