import { cached } from 'tokenloop/cache'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it, vi } from 'vitest'
import type { ReadWith, TokenStore } from '../../../src/store/store.js'
import { account, caching, LATE, storeWith, token } from './support.js'

describe('a store that fails', () => {
  it('fails those who wait for it, and is asked again by the next', async () => {
    const { database, late, calls } = caching({}, (store) =>
      faultyStore(store, { down: { point: 'before', method: 'getWith', nth: 1 } }),
    )
    await database.write('token', 't', 0, token())
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => late()))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect((await late()).version).toBe(1)
    expect(calls.getWith).toBe(2)
  })

  it('gives out nothing beyond the bound, and what it gave before within it', async () => {
    const faulty = { on: () => {} }
    const { clock, database, late } = caching({}, (store) => {
      const broken = faultyStore(store, { down: { point: 'before', method: 'getWith' } })
      broken.off()
      faulty.on = broken.on
      return broken
    })
    await database.write('token', 't', 0, token())
    await late()
    faulty.on()
    clock.advance(4999)
    expect((await late()).version).toBe(1)
    clock.advance(1)
    await expect(late()).rejects.toThrow('fault before')
    await expect(late()).rejects.toThrow('fault before')
  })

  it.each<[string, TokenStore['getWith']]>([
    [
      'throws where it should reject',
      () => {
        throw new Error('thrown')
      },
    ],
    ['throws no error', () => Promise.reject(undefined)],
  ])('is no trouble when it %s', async (_, getWith) => {
    const bad = storeWith({ getWith })
    const store = cached(bad, { maxStaleness: '5s' })
    for (let i = 0; i < 2; i++) {
      const outcome = await Promise.allSettled([store.getWith('token', 't', LATE), store.getWith('token', 't', LATE)])
      expect(outcome.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    }
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no time', { version: 1, record: token(), chain: {} }],
    ['a version that is none', { now: 1, version: '1', record: token(), chain: {} }],
    ['a chain that is not the record’s', { now: 1, version: 1, record: token(), chain: {} }],
    ['a record that is none', { now: 1, version: 1, record: { ...token(), scopes: 'all' }, chain: {} }],
    ['a record of another kind', { now: 1, version: 1, record: account(), chain: {} }],
    [
      'itself without an end',
      (() => {
        const round: Record<string, unknown> = { now: 1, version: 1 }
        round.record = round
        return round
      })(),
    ],
  ])('A20.6 is asked again when it answered %s: that is passed on as it is, and not kept', async (_, nonsense) => {
    const answer = vi.fn(async () => nonsense as ReadWith<never>)
    const bad = storeWith({ getWith: answer })
    const store = cached(bad, { maxStaleness: '5s' })
    expect(await store.getWith('token', 't', LATE)).toBe(nonsense)
    expect(await store.getWith('token', 't', LATE)).toBe(nonsense)
    expect(await store.getWith('token', 't')).toBe(nonsense)
    expect(answer).toHaveBeenCalledTimes(3)
  })
})
