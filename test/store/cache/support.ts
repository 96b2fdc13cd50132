import { type CacheOptions, cached } from 'tokenloop/cache'
import { countingStore, createClock } from 'tokenloop/testing'
import { around } from '../../../src/store/around.js'
import { memoryStore } from '../../../src/store/memory.js'
import type { Records } from '../../../src/store/records.js'
import type { TokenStore } from '../../../src/store/store.js'
import { SAMPLES } from '../../../src/testing/contract/samples.js'
import { START } from '../../support/world.js'

export const LATE = { late: true } as const

type Token = Records['token']

/** A token of alice that nothing ends. */
export const token = (members: Partial<Token> = {}): Token => ({
  ...SAMPLES.token,
  owner: { kind: 'user', id: 'alice' },
  tenant: null,
  predecessor: null,
  notBefore: null,
  ...members,
})

export const account = (members: Partial<Records['account']> = {}): Records['account'] => ({
  ...SAMPLES.account,
  ...members,
})

/** A database, what counts the calls that reach it, and a cache over that. What is written to the database alone is somebody else's. */
export function caching(options: Partial<CacheOptions> = {}, wrap = (store: TokenStore) => store) {
  const clock = createClock(START)
  const database = memoryStore({ clock })
  const counting = countingStore(wrap(database))
  const store = cached(counting, { maxStaleness: '5s', clock, ...options })
  const late = (id = 't') => store.getWith('token', id, LATE)
  return { clock, database, counting, store, late, calls: counting.calls }
}

/** The same, over a database that has read at once, and whose answers take until they are let go. */
export function cachingSlowly(options: Partial<CacheOptions> = {}) {
  const waiting: (() => void)[] = []
  const here = caching(options, (store) =>
    around(store, async ({ method }, run) => {
      const answer = await run()
      if (method === 'getWith') await new Promise<void>((resolve) => waiting.push(resolve))
      return answer
    }),
  )
  return { ...here, letGo: (which = 0) => waiting.splice(which, 1)[0]?.() }
}

/** A store in memory, some of whose members are others. */
export const storeWith = (members: Partial<TokenStore>): TokenStore => ({
  ...around(memoryStore(), (_, run) => run()),
  ...members,
})

/** All that can go on without anybody's help has gone on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))
