import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Method } from '../../src/store/around.js'
import { memoryStore } from '../../src/store/memory.js'
import type { TokenStore } from '../../src/store/store.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { countingStore, createClock, faultyStore, slowStore } from '../../src/testing/index.js'

const token = SAMPLES.token
const write = (store: TokenStore, id = 't', expected = 0) => store.write('token', id, expected, token)
const versionOf = async (store: TokenStore, id = 't') => (await store.get('token', id)).version

afterEach(() => {
  vi.useRealTimers()
})

describe('createClock', () => {
  it('stands still until it is told to move', () => {
    const clock = createClock()
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:00.000Z')
    clock.advance('91d')
    clock.advance(5)
    expect(new Date(clock.now()).toISOString()).toBe('2026-04-02T00:00:00.005Z')
    clock.set(7)
    expect(clock.now()).toBe(7)
    expect(createClock(3).now()).toBe(3)
  })

  it('refuses what is no time', () => {
    const clock = createClock(3)
    for (const wrong of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, '5', null, new Date()] as number[]) {
      expect(() => clock.set(wrong)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
      expect(() => createClock(wrong)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    for (const wrong of ['soon', '1month', -1, Number.NaN] as never[]) {
      expect(() => clock.advance(wrong)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    expect(clock.now()).toBe(3)
  })
})

describe('slowStore', () => {
  it('waits before the call and after it, whether it succeeds or fails', async () => {
    vi.useFakeTimers()
    const counting = countingStore(memoryStore())
    const store = slowStore(faultyStore(counting, { down: { point: 'before', method: 'sweep' } }), { min: 10, max: 10 })
    const outcomes: string[] = []
    write(store).then((outcome) => outcomes.push(outcome))
    store.sweep(1).catch(() => outcomes.push('failed'))
    await vi.advanceTimersByTimeAsync(9)
    expect([counting.calls.write, outcomes]).toEqual([0, []])
    await vi.advanceTimersByTimeAsync(10)
    expect([counting.calls.write, outcomes]).toEqual([1, []])
    await vi.advanceTimersByTimeAsync(1)
    expect(outcomes.sort()).toEqual(['failed', 'written'])
  })

  it('takes between nothing and two milliseconds each time, as its seed has it', async () => {
    vi.useFakeTimers()
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const waitsOf = async (seed?: number) => {
      timers.mockClear()
      const store = slowStore(memoryStore(), seed === undefined ? {} : { seed })
      for (let i = 0; i < 50; i++) {
        const call = store.changes(0, 1)
        await vi.advanceTimersByTimeAsync(4)
        await call
      }
      return timers.mock.calls.map(([, wait]) => wait)
    }
    const waits = await waitsOf(3)
    expect([...new Set(waits)].sort()).toEqual([0, 1, 2])
    expect(waits.length).toBe(100)
    expect(await waitsOf(3)).toEqual(waits)
    expect(await waitsOf(4)).not.toEqual(waits)
    expect(await waitsOf()).toEqual(await waitsOf(1))
  })

  it('lets calls overtake one another', async () => {
    const store = slowStore(memoryStore(), { seed: 5 })
    const order: number[] = []
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.get('token', 't').then(() => order.push(i))))
    expect(order).not.toEqual([...order].sort((a, b) => a - b))
  })
})

describe('countingStore', () => {
  it('counts the calls of each member, and those that write', async () => {
    const store = countingStore(memoryStore())
    expect([store.total, store.writes]).toEqual([0, 0])
    const reads: Method[] = ['get', 'getWith', 'find', 'list', 'changes']
    await store.get('token', 't')
    await store.getWith('token', 't')
    await store.find('token', 'key')
    await store.list('token', {}, { limit: 1 })
    await store.changes(0, 1)
    expect([store.total, store.writes]).toEqual([5, 0])
    for (const method of reads) expect(store.calls[method]).toBe(1)

    await write(store)
    await write(store)
    await store.insertOnce('kind', 'key', 1, 1)
    await store.takeOnce('kind', 'key', 'claim')
    await store.touch([])
    await store.spend('token', 't', [])
    await store.sweep(1)
    expect([store.total, store.writes, store.calls.write]).toEqual([12, 7, 2])
    store.reset()
    expect([store.total, store.writes, store.calls.write]).toEqual([0, 0, 0])
  })

  it('counts a call that fails', async () => {
    const store = countingStore(faultyStore(memoryStore(), { down: { point: 'before' } }))
    await expect(store.sweep(1)).rejects.toThrow()
    expect([store.total, store.writes]).toEqual([1, 1])
  })
})

describe('faultyStore', () => {
  it('fails before a write, which has not taken place', async () => {
    const store = faultyStore(memoryStore(), { down: { point: 'before', method: 'write' } })
    await expect(write(store)).rejects.toThrow('fault before')
    expect(await versionOf(store)).toBe(0)
  })

  it('loses the answer of a write, which has taken place', async () => {
    const store = faultyStore(memoryStore(), { lost: { point: 'after', method: 'write' } })
    await expect(write(store)).rejects.toThrow('fault after')
    expect(await versionOf(store)).toBe(1)
  })

  it('fails as a database does that cannot order two transactions', async () => {
    const store = faultyStore(memoryStore(), { serialization: { point: 'serialization', method: ['write', 'spend'] } })
    await expect(write(store)).rejects.toMatchObject({ code: '40001' })
    await expect(store.spend('token', 't', [])).rejects.toMatchObject({ code: '40001' })
    expect(await versionOf(store)).toBe(0)
    expect(store.struck('serialization')).toBe(2)
  })

  it('delivers a write twice, and answers as the second time', async () => {
    const store = faultyStore(memoryStore(), { twice: { point: 'twice', method: 'write' } })
    expect(await write(store)).toBe('conflict')
    expect(await versionOf(store)).toBe(1)
  })

  it('strikes the nth call only, counted anew when it is switched on', async () => {
    const store = faultyStore(memoryStore(), { third: { point: 'before', method: 'get', nth: 3 } })
    const outcomes = async () => {
      const settled: string[] = []
      for (let i = 0; i < 4; i++)
        settled.push(
          await store.get('token', 't').then(
            () => 'ok',
            () => 'failed',
          ),
        )
      return settled
    }
    expect(await outcomes()).toEqual(['ok', 'ok', 'failed', 'ok'])
    expect(await outcomes()).toEqual(['ok', 'ok', 'ok', 'ok'])
    store.on('third')
    expect(await outcomes()).toEqual(['ok', 'ok', 'failed', 'ok'])
    expect(store.struck('third')).toBe(2)
  })

  it('strikes the calls that its plan says, by what they ask for', async () => {
    const store = faultyStore(memoryStore(), { mine: { point: 'before', when: ({ args }) => args[1] === 'mine' } })
    expect(await write(store, 'yours')).toBe('written')
    await expect(write(store, 'mine')).rejects.toThrow()
    await expect(store.get('token', 'mine')).rejects.toThrow()
    expect(await versionOf(store, 'yours')).toBe(1)
  })

  it('throws anything that it is told to', async () => {
    const store = faultyStore(memoryStore(), { odd: { point: 'before', error: null } })
    expect(await store.sweep(1).catch((error: unknown) => error)).toBe(null)
  })

  it('is switched on and off by name, or as a whole, while it runs', async () => {
    const store = faultyStore(memoryStore(), {
      reads: { point: 'before', method: 'get' },
      writes: { point: 'before', method: 'write' },
    })
    const works = (call: Promise<unknown>) =>
      call.then(
        () => true,
        () => false,
      )
    const both = async () => [await works(store.get('token', 't')), await works(write(store))]
    expect(await both()).toEqual([false, false])
    store.off('reads')
    expect(await both()).toEqual([true, false])
    store.off()
    expect(await both()).toEqual([true, true])
    store.on('writes')
    expect(await both()).toEqual([true, false])
    store.on()
    expect(await both()).toEqual([false, false])
    expect(() => store.on('none' as 'reads')).toThrow(TypeError)
  })

  it('passes on the capabilities of its store', () => {
    const store = memoryStore()
    for (const wrapped of [faultyStore(store, {}), slowStore(store), countingStore(store)]) {
      expect(wrapped.capabilities).toEqual(store.capabilities)
    }
  })
})
