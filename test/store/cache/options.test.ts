import { cached } from 'tokenloop/cache'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/store/memory.js'
import { cachedStores } from '../../support/cached.js'
import { caching, LATE, storeWith, token } from './support.js'

describe('memory', () => {
  it('is bounded: what was read longest ago makes room', async () => {
    const { database, store, calls } = caching({ max: 100 })
    for (let i = 0; i < 1000; i++) await database.write('token', `t${i}`, 0, token())
    const read = async (from: number, to: number) => {
      const before = calls.getWith
      for (let i = from; i < to; i++) await store.getWith('token', `t${i}`, LATE)
      return calls.getWith - before
    }
    expect(await read(0, 1000)).toBe(1000)
    expect(await read(900, 1000)).toBe(0)
    expect(await read(899, 900)).toBe(1)
    expect(await read(900, 901)).toBe(1)
  })

  it('is kept by when it was read last', async () => {
    const { clock, database, late, calls } = caching({ max: 2 })
    for (const id of ['a', 'b', 'c']) await database.write('token', id, 0, token())
    for (const id of ['a', 'b']) await late(id)
    clock.advance('5s')
    for (const id of ['a', 'c', 'a']) await late(id)
    expect(calls.getWith).toBe(4)
  })

  it('of what is not there is bounded by itself, and drives out nothing that is', async () => {
    const { database, store, late, calls } = caching({ max: 100 })
    await database.write('token', 't', 0, token())
    await late()
    for (let i = 0; i < 1000; i++) await store.getWith('token', `none ${i}`, LATE)
    expect(calls.getWith).toBe(1001)
    await late()
    for (let i = 990; i < 1000; i++) await store.getWith('token', `none ${i}`, LATE)
    expect(calls.getWith).toBe(1001)
    await store.getWith('token', 'none 989', LATE)
    expect(calls.getWith).toBe(1002)
  })
})

describe('what the cache says of itself', () => {
  it.each(cachedStores)(
    'is what the $name store says, with its bound, and that it is not linearizable',
    async ({ make }) => {
      const { capabilities } = await make()
      expect(capabilities).toMatchObject({ linearizable: false, maxStaleness: 5000 })
      expect(Object.isFrozen(capabilities)).toBe(true)
    },
  )

  it('passes on what is durable and shared', () => {
    const store = storeWith({ capabilities: { linearizable: true, durable: true, shared: true } })
    expect(cached(store, { maxStaleness: '1m' }).capabilities).toEqual({
      linearizable: false,
      durable: true,
      shared: true,
      maxStaleness: 60_000,
    })
  })

  it.each<[string, unknown]>([
    ['no bound', {}],
    ['a bound of nothing', { maxStaleness: 0 }],
    ['a bound beyond five minutes', { maxStaleness: 300_001 }],
    ['a bound that is no duration', { maxStaleness: 'soon' }],
    ['a bound that never ends', { maxStaleness: Infinity }],
    ['a size of nothing', { maxStaleness: '5s', max: 0 }],
    ['a size that is no number', { maxStaleness: '5s', max: '10' }],
    ['a size without end', { maxStaleness: '5s', max: Infinity }],
  ])('refuses %s', (_, options) => {
    expect(() => cached(memoryStore(), options as { maxStaleness: number })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  })

  it('refuses a store that cannot keep the bound: one that is not linearizable, or behind a cache itself', () => {
    const once = cached(memoryStore(), { maxStaleness: '5s' })
    const lax = storeWith({ capabilities: { linearizable: false, durable: true, shared: true } })
    for (const store of [once, lax]) {
      expect(() => cached(store, { maxStaleness: '5s' })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
  })
})
