import { cached } from 'tokenloop/cache'
import { stores } from './stores.js'

/** Every store there is, behind a cache, for tests that hold there as well. Time passes for both by the clock that is given. */
export const cachedStores: typeof stores = stores.map(({ name, make }) => ({
  name: `cached ${name}`,
  make: async ({ clock } = {}) =>
    cached(await make(clock && { clock }), { maxStaleness: '5s', ...(clock && { clock }) }),
}))
