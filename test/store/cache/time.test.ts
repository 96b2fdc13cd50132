import { cached } from 'tokenloop/cache'
import { describe, expect, it, vi } from 'vitest'
import type { Kind, Records } from '../../../src/store/records.js'
import { SAMPLES } from '../../../src/testing/contract/samples.js'
import { account, caching, LATE, token } from './support.js'

describe('time', () => {
  it.each([
    ['expires', { expiresAt: 2000 }],
    ['begins', { notBefore: 2000 }],
    [
      'has a predecessor that ends',
      { predecessor: { hash: token().digest.hash, pepper: null, generation: 1, endsAt: 2000 } },
    ],
    ['may be swept', { keepUntil: 2000 }],
  ])('is the store’s to judge at the very millisecond in which a record %s', async (_, members) => {
    const { clock, database, late, calls } = caching()
    clock.set(1000)
    await database.write('token', 't', 0, token(members))
    await late()
    clock.advance(999)
    expect((await late()).now).toBe(1999)
    expect(calls.getWith).toBe(1)
    clock.advance(1)
    expect((await late()).now).toBe(2000)
    expect(calls.getWith).toBe(2)
    await late()
    expect(calls.getWith).toBe('keepUntil' in members ? 3 : 2)
  })

  it.each<[string, Kind, object]>([
    ['the expiry of an access token', 'access', { expiresAt: 2000 }],
    ['the idle expiry of an authorization', 'authorization', { idleExpiresAt: 2000, expiresAt: 9000, code: null }],
    ['the expiry of an authorization', 'authorization', { idleExpiresAt: 9000, expiresAt: 2000, code: null }],
    ['the expiry of its code', 'authorization', { code: { ...SAMPLES.authorization.code, expiresAt: 2000 } }],
    ['the expiry of a client secret', 'client', { secrets: [{ ...SAMPLES.client.secrets[0], expiresAt: 2000 }] }],
    ['the beginning of a key', 'key', { activeAt: 2000, retiresAt: null }],
    ['the end of a key', 'key', { activeAt: 1, retiresAt: 2000 }],
  ])('is the store’s to judge at %s, too', async (_, kind, members) => {
    const { clock, database, store, calls } = caching()
    clock.set(1000)
    await database.write(kind, 'x', 0, { ...SAMPLES[kind], ...members })
    await store.getWith(kind, 'x', LATE)
    clock.advance(999)
    await store.getWith(kind, 'x', LATE)
    expect(calls.getWith).toBe(1)
    clock.advance(1)
    await store.getWith(kind, 'x', LATE)
    expect(calls.getWith).toBe(2)
  })

  it('of what a record hangs on counts as well', async () => {
    const { clock, database, store, calls } = caching()
    const late = () => store.getWith('grant', 'g', LATE)
    const secrets = [{ ...SAMPLES.client.secrets[0], expiresAt: clock.now() + 1000 }] as const
    await database.write('client', SAMPLES.grant.client, 0, { ...SAMPLES.client, secrets } as Records['client'])
    await database.write('grant', 'g', 0, SAMPLES.grant)
    await late()
    clock.advance(999)
    await late()
    expect(calls.getWith).toBe(1)
    clock.advance(1)
    await late()
    expect(calls.getWith).toBe(2)
  })

  it('from when on a sweep looks for what ended with an account changes nothing for what lives', async () => {
    const { database, late, calls } = caching()
    await database.write('account', 'user:alice', 0, account({ keepUntil: 1 }))
    await database.write('token', 't', 0, token())
    await late()
    await late()
    expect(calls.getWith).toBe(1)
  })

  it('R13 that the node’s clock takes back makes no answer younger, nor the time it tells earlier', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 10 ** 12 })
    try {
      const { clock, database, counting } = caching()
      const store = cached(counting, { maxStaleness: '5s' })
      await database.write('token', 't', 0, token({ expiresAt: clock.now() + 3000 }))
      const { now } = await store.getWith('token', 't', LATE)
      vi.advanceTimersByTime(2000)
      vi.setSystemTime(Date.now() - 600_000)
      expect((await store.getWith('token', 't', LATE)).now).toBe(now + 2000)
      expect(counting.calls.getWith).toBe(1)
      // By the database, which alone judges it, not a moment has passed; the cache gives it out no longer all the same.
      vi.advanceTimersByTime(1000)
      await store.getWith('token', 't', LATE)
      expect(counting.calls.getWith).toBe(2)
      vi.setSystemTime(Date.now() - 600_000)
      vi.advanceTimersByTime(3000)
      await store.getWith('token', 't', LATE)
      expect(counting.calls.getWith).toBe(3)
    } finally {
      vi.useRealTimers()
    }
  })

  it('in which the machine slept has passed', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 10 ** 12 })
    try {
      const { database, counting } = caching()
      const store = cached(counting, { maxStaleness: '5s' })
      await database.write('token', 't', 0, token())
      await store.getWith('token', 't', LATE)
      vi.setSystemTime(Date.now() + 5000)
      await store.getWith('token', 't', LATE)
      expect(counting.calls.getWith).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['goes back', -1],
    ['is no number', Number.NaN],
  ])('by a clock that %s is not believed', async (_, step) => {
    const steady = vi.fn(() => 1000)
    const { database, late, calls } = caching({ clock: { now: steady } })
    await database.write('token', 't', 0, token())
    await late()
    steady.mockReturnValue(1000 + step)
    await late()
    expect(calls.getWith).toBe(2)
  })
})
