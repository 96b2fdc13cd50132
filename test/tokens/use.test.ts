import { createTokens, type TokenStore, user } from 'tokenloop'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { around } from '../../src/store/around.js'
import { nearStores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, START, world } from '../support/world.js'

type Touch = Parameters<TokenStore['touch']>[0]

/** A store whose `touch` does what the test says, and keeps what it was given. */
function touching(answer: () => Promise<unknown> = async () => {}) {
  const touched: Touch[] = []
  const wrap = (store: TokenStore) =>
    around(store, async (call, run) => {
      if (call.method !== 'touch') return run()
      touched.push(structuredClone(call.args[0]) as Touch)
      await answer()
      return run()
    })
  return { touched, wrap }
}

const turns = () => vi.advanceTimersByTimeAsync(0)

afterEach(() => {
  vi.useRealTimers()
})

describe.each(nearStores)('use, on the $name store,', ({ make }) => {
  it('LP6 says when, from where and how often, by this instance at once', async () => {
    const { tokens, clock } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    expect((await tokens.get(token.id)).use).toBeNull()
    const use = async () => (await tokens.list()).items[0]?.use
    await tokens.verify(secret.reveal(), { ip: '192.0.2.1' })
    clock.advance('1m')
    await tokens.verify(secret.reveal(), { ip: '::ffff:192.0.2.2' })
    const twice = { at: START + 60_000, count: 2, ip: '192.0.2.2' }
    expect(await use()).toEqual(twice)
    await tokens.flush()
    expect(await use()).toEqual(twice)
    clock.advance('1m')
    await tokens.verify(secret.reveal())
    expect(await use()).toEqual({ at: START + 120_000, count: 3, ip: null })
    await tokens.flush()
    expect(await use()).toEqual({ at: START + 120_000, count: 3, ip: null })
    for (const name of ['newer', 'newest']) await tokens.issue({ ...draft, name })
    expect((await tokens.get(token.id)).use).toEqual({ at: START + 120_000, count: 3, ip: null })
  })

  it('LP6 is as of the last flush for another instance', async () => {
    const { tokens, store } = await world(make)
    const { secret } = await tokens.issue(draft)
    const other = createTokens({ store, catalogue, prefix: 'sl' })
    const use = async () => (await other.list()).items[0]?.use
    await tokens.verify(secret.reveal())
    expect(await use()).toBeNull()
    await tokens.flush()
    expect(await use()).toEqual({ at: START, count: 1, ip: null })
  })

  it('is that of accepted checks alone', async () => {
    const { tokens } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    await tokens.verify(secret.reveal(), { scopes: ['workspace:admin'] })
    await tokens.pause(token.id, { by: alice })
    await tokens.verify(secret.reveal())
    await tokens.flush()
    expect((await tokens.list()).items[0]?.use).toBeNull()
  })

  it.each(['a\0b', 'x'.repeat(1_000_000), '192.0.2.1, 10.0.0.1', '\ud800', "'; --", 7, null, { a: 1 }])(
    'A20.3 keeps no address that is none: %j would break the batch of all the others',
    async (ip) => {
      const { touched, wrap } = touching()
      const { tokens } = await world(make, { wrap })
      const { secret } = await tokens.issue(draft)
      // @ts-expect-error whatever came with the request
      expect(await tokens.verify(secret.reveal(), { ip })).toMatchObject({ ok: true })
      await tokens.flush()
      expect(touched).toMatchObject([[{ ip: null, count: 1 }]])
    },
  )

  it('is written in the time that the host says, ten seconds by default, and nothing is written where there was none', async () => {
    vi.useFakeTimers()
    for (const [use, milliseconds] of [
      [{}, 10_000],
      [{ flushEvery: '1m' }, 60_000],
    ] as const) {
      const { touched, wrap } = touching()
      const { tokens } = await world(make, { wrap, use })
      const { secret } = await tokens.issue(draft)
      await vi.advanceTimersByTimeAsync(10 * milliseconds)
      expect(vi.getTimerCount()).toBe(0)
      await tokens.verify(secret.reveal())
      await vi.advanceTimersByTimeAsync(milliseconds - 1)
      expect(touched).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      expect(touched).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(10 * milliseconds)
      expect(touched).toHaveLength(1)
    }
  })

  it('R54 of a hot token is one write an interval, however often it is used, and while it is being written too', async () => {
    vi.useFakeTimers()
    const { touched, wrap } = touching(() => new Promise((resolve) => setTimeout(resolve, 50)))
    const { tokens } = await world(make, { wrap })
    const text = (await tokens.issue(draft)).secret.reveal()
    const every = setInterval(() => tokens.verify(text), 10)
    await vi.advanceTimersByTimeAsync(30_500)
    clearInterval(every)
    expect(touched.map((batch) => batch.length)).toEqual([1, 1, 1])
    await vi.advanceTimersByTimeAsync(20_000)
    const total = touched.flat().reduce((sum, { count }) => sum + count, 0)
    expect(total).toBe(3050)
  })

  it('comes in batches of five hundred tokens at the most', async () => {
    const { touched, wrap } = touching()
    const { tokens } = await world(make, { wrap })
    for (let i = 0; i < 501; i++) await answerOf({ tokens }, (await tokens.issue(draft)).secret.reveal())
    await tokens.flush()
    expect(touched.map((batch) => batch.length)).toEqual([500, 1])
    expect((await tokens.list({ limit: 500 })).items.every(({ use }) => use?.count === 1)).toBe(true)
  })

  it('R52 is lost in a crash for one interval at the most: what was flushed before is in the store', async () => {
    vi.useFakeTimers()
    const { tokens, store } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    await answerOf({ tokens }, text)
    await vi.advanceTimersByTimeAsync(10_000)
    await answerOf({ tokens }, text)
    vi.clearAllTimers() // the process is gone
    const { items } = await store.list('token', {}, { limit: 1 })
    expect(items[0]?.use?.count).toBe(1)
  })

  it('R52 never blocks a check, nor fails one: a store that hangs when it is written', async () => {
    const { touched, wrap } = touching(() => new Promise(() => {}))
    const { tokens } = await world(make, { wrap })
    const text = (await tokens.issue(draft)).secret.reveal()
    await answerOf({ tokens }, text)
    void tokens.flush()
    for (let i = 0; i < 100; i++) expect(await answerOf({ tokens }, text)).toBe('ok')
    expect(touched).toHaveLength(1)
  })

  it('R53 outlives an hour without a database: one entry a token, the oldest dropped and told, and all is written then', async () => {
    vi.useFakeTimers()
    let dead = true
    const { touched, wrap } = touching(() => (dead ? Promise.reject(new Error('dead')) : Promise.resolve()))
    const here = await world(make, { wrap, use: { most: 3 } })
    const { tokens, told, clock } = here
    const texts: string[] = []
    for (let i = 0; i < 5; i++) texts.push((await tokens.issue({ ...draft, name: `t${i}` })).secret.reveal())
    const rounds = 360
    for (let round = 0; round < rounds; round++) {
      clock.advance('10s')
      for (const text of texts.slice(2)) await answerOf(here, text)
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(touched).toHaveLength(rounds)
    expect(Math.max(...touched.map((batch) => batch.length))).toBe(3)
    expect(told('use.dropped')).toEqual([])
    for (const text of texts.slice(0, 2)) await answerOf(here, text)
    expect(told('use.dropped')).toMatchObject([{ at: null, detail: { tokens: 1 } }, { detail: { tokens: 1 } }])
    dead = false
    await vi.advanceTimersByTimeAsync(10_000)
    const uses = (await tokens.list()).items.map(({ name, use }) => [name, use?.count])
    expect(uses).toEqual([
      ['t4', rounds],
      ['t3', undefined],
      ['t2', undefined],
      ['t1', 1],
      ['t0', 1],
    ])
  })

  it('R53 keeps the newest where a batch comes back to a buffer that has filled meanwhile', async () => {
    const failing: ((why: Error) => void)[] = []
    const { wrap } = touching(() => new Promise((_, reject) => failing.push(reject)))
    const here = await world(make, { wrap, use: { most: 2 } })
    const { tokens } = here
    const texts: string[] = []
    for (let i = 0; i < 4; i++) texts.push((await tokens.issue({ ...draft, name: `t${i}` })).secret.reveal())
    for (const text of texts.slice(0, 2)) await answerOf(here, text)
    const first = codeOf(tokens.flush())
    await vi.waitFor(() => expect(failing).toHaveLength(1))
    for (const text of texts.slice(2)) await answerOf(here, text)
    failing[0]?.(new Error('dead'))
    expect(await first).toBe('unavailable')
    expect(here.told('use.dropped')).toHaveLength(2)
    const second = codeOf(tokens.flush())
    await vi.waitFor(() => expect(failing).toHaveLength(2))
    failing[1]?.(new Error('still dead'))
    expect(await second).toBe('unavailable')
  })

  it('never goes back: neither by a clock that does, nor by another instance that is late', async () => {
    const { tokens, clock, store } = await world(make)
    const { createTokens } = await import('tokenloop')
    const { catalogue } = await import('../support/world.js')
    const late = createTokens({ store, catalogue, prefix: 'sl' })
    const text = (await tokens.issue(draft)).secret.reveal()
    await late.verify(text, { ip: '192.0.2.1' })
    clock.advance('1h')
    await tokens.verify(text, { ip: '192.0.2.2' })
    await tokens.flush()
    await late.flush()
    expect((await tokens.list()).items[0]?.use).toEqual({ at: START + 3_600_000, count: 2, ip: '192.0.2.2' })
    clock.set(START)
    await tokens.verify(text, { ip: '192.0.2.3' })
    clock.advance('1m')
    await tokens.verify(text, { ip: '192.0.2.4' })
    clock.set(START)
    await tokens.verify(text, { ip: '192.0.2.5' })
    await tokens.flush()
    expect((await tokens.list()).items[0]?.use).toEqual({ at: START + 3_600_000, count: 5, ip: '192.0.2.2' })
  })

  it('undoes no revocation: a flush after it leaves the token as it is', async () => {
    const { tokens } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    await answerOf({ tokens }, secret.reveal())
    const revoked = await tokens.revoke(token.id, { by: alice })
    await tokens.flush()
    expect(await tokens.get(token.id)).toEqual({ ...revoked, use: { at: START, count: 1, ip: null } })
    expect((await tokens.list()).items[0]?.use?.count).toBe(1)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
  })

  it('flush rejects where the store fails, loses nothing, and goes on by itself', async () => {
    vi.useFakeTimers()
    let failures = 1
    const { wrap } = touching(() => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()))
    const { tokens, told } = await world(make, { wrap })
    await answerOf({ tokens }, (await tokens.issue(draft)).secret.reveal())
    expect(await codeOf(tokens.flush())).toBe('unavailable')
    expect(told('store.failed')).toMatchObject([{ detail: { method: 'touch' } }])
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await tokens.list()).items[0]?.use?.count).toBe(1)
  })

  it('several flushes at once write each use once', async () => {
    const { touched, wrap } = touching(() => new Promise((resolve) => setTimeout(resolve, 1)))
    const { tokens } = await world(make, { wrap })
    await answerOf({ tokens }, (await tokens.issue(draft)).secret.reveal())
    await Promise.all(Array.from({ length: 8 }, () => tokens.flush()))
    expect(touched).toHaveLength(1)
  })

  it('R56 close writes what there is, leaves no timer, and gathers no more; checks go on', async () => {
    vi.useFakeTimers()
    const { touched, wrap } = touching()
    const { tokens } = await world(make, { wrap })
    const text = (await tokens.issue(draft)).secret.reveal()
    const underWay = Promise.all(Array.from({ length: 20 }, () => answerOf({ tokens }, text)))
    await turns()
    await tokens.close()
    expect(await underWay).toEqual(Array(20).fill('ok'))
    expect(touched).toMatchObject([[{ count: 20 }]])
    expect(vi.getTimerCount()).toBe(0)
    expect(await answerOf({ tokens }, text)).toBe('ok')
    expect(vi.getTimerCount()).toBe(0)
    await tokens.close()
    expect(touched).toHaveLength(1)
  })

  it('R13 moves on and never back: a use that is told late, or by a clock that went back, counts and changes nothing else', async () => {
    const { tokens, clock } = await world(make)
    const { secret } = await tokens.issue(draft)
    const use = async () => (await tokens.list()).items[0]?.use
    clock.advance('1m')
    await tokens.verify(secret.reveal(), { ip: '192.0.2.1' })
    clock.set(START + 30_000)
    await tokens.verify(secret.reveal(), { ip: '192.0.2.2' })
    const latest = { at: START + 60_000, count: 2, ip: '192.0.2.1' }
    expect(await use()).toEqual(latest)
    await tokens.flush()
    expect(await use()).toEqual(latest)
  })

  it('R57 nothing that is made, and no use that waits, keeps a process alive', async () => {
    const alive = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = alive()
    const here = await world(make, { ownerActive: { check: () => true, maxStaleness: '1m' } })
    const { secret } = await here.tokens.issue(draft)
    expect(alive()).toBe(before)
    expect(await answerOf(here, secret.reveal())).toBe('ok')
    expect(alive()).toBe(before)
  })

  it('R56 close waits no longer than five seconds for a store that never answers, however often it is asked for', async () => {
    vi.useFakeTimers()
    const { wrap } = touching(() => new Promise(() => {}))
    const { tokens } = await world(make, { wrap })
    await answerOf({ tokens }, (await tokens.issue(draft)).secret.reveal())
    let outcome: string | undefined
    const closing = codeOf(tokens.close()).then((code) => {
      outcome = code
    })
    await vi.advanceTimersByTimeAsync(4_999)
    expect(outcome).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await closing
    expect(outcome).toBe('unavailable')
    const again = codeOf(tokens.close())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await again).toBe('unavailable')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('R56 close may be asked for again where the store failed', async () => {
    let failures = 1
    const { touched, wrap } = touching(() => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()))
    const { tokens } = await world(make, { wrap, peppers: [{ id: 'a', key: new Uint8Array(32) }] })
    await answerOf({ tokens }, (await tokens.issue({ ...draft, owner: user('bob') })).secret.reveal())
    expect(await codeOf(tokens.close())).toBe('unavailable')
    expect(await codeOf(tokens.close())).toBe('nothing')
    expect(touched).toHaveLength(2)
    expect((await tokens.list()).items[0]?.use?.count).toBe(1)
  })
})
