import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import type { Records } from '../../src/store/records.js'
import { EFFECT, SAMPLES } from '../../src/testing/contract/samples.js'
import { createClock } from '../../src/testing/index.js'

const token = SAMPLES.token
const HOUR = 3_600_000

describe('memoryStore', () => {
  it('R58 says what it is: linearizable, and gone with its process', () => {
    expect(memoryStore().capabilities).toEqual({ linearizable: true, durable: false, shared: false })
    expect(Object.isFrozen(memoryStore().capabilities)).toBe(true)
  })

  it('tells the system’s time unless it is given a clock', async () => {
    const before = Date.now()
    const { now } = await memoryStore().get('token', 't')
    expect(now).toBeGreaterThanOrEqual(before)
    const clock = createClock(5)
    expect((await memoryStore({ clock }).get('token', 't')).now).toBe(5)
  })

  it('A20.16 shares nothing with another store in the same process', async () => {
    const [one, other] = [memoryStore(), memoryStore()]
    await one.write('token', 't', 0, token, { change: EFFECT })
    await one.insertOnce('kind', 'key', 1, Date.now() + HOUR)
    expect((await other.get('token', 't')).version).toBe(0)
    expect((await other.changes(0, 5)).cursor).toBe(0)
    expect(await other.insertOnce('kind', 'key', 1, Date.now() + HOUR)).toBe(true)
  })

  it('hands out records that nobody can change, at any depth, and that share nothing with what was handed in', async () => {
    const store = memoryStore()
    const given = structuredClone(token)
    await store.write('token', 't', 0, given, { event: { ...eventOf('e'), detail: { list: [[1]] } }, change: EFFECT })
    const read = await store.get('token', 't')
    const { items } = await store.list('token', {}, { limit: 1 })
    const events = await store.list('event', {}, { limit: 1 })
    const { changes } = await store.changes(0, 1)
    for (const value of [read.record, items[0]?.record, events.items[0], changes[0]]) {
      expect(value).toBeDefined()
      everyPart(value, (part) => expect(Object.isFrozen(part)).toBe(true))
    }
    everyPart(given, (part) => expect(Object.isFrozen(part)).toBe(false))
    expect(() => Object.assign(read.record as object, { name: 'x' })).toThrow(TypeError)
  })

  it('keeps what nobody can change as it is, and copies what only looks so', async () => {
    const store = memoryStore()
    const recordOf = async (id: string, record: Records['token']) => {
      await store.write('token', id, 0, record)
      return (await store.get('token', id)).record
    }
    const frozen = frozenAtEveryDepth(structuredClone(token))
    expect(await recordOf('frozen', frozen)).toBe(frozen)
    const list: number[] = []
    const kept = await recordOf('shallow', Object.freeze({ ...frozen, metadata: Object.freeze({ list }) }))
    list.push(1)
    expect(kept?.metadata).toEqual({ list: [] })
    expect(kept?.owner).toBe(frozen.owner)
    const odd = Object.freeze({ ...frozen, sealed: undefined }) as never
    expect(Object.keys((await recordOf('odd', odd)) ?? {})).not.toContain('sealed')
  })

  it('A20.14 copies a member that is called __proto__ as any other, and no member that is undefined', async () => {
    const store = memoryStore()
    const metadata = { ...JSON.parse('{"__proto__":{"polluted":true}}'), nothing: undefined }
    await store.write('token', 't', 0, { ...token, metadata })
    const kept = (await store.get('token', 't')).record?.metadata ?? {}
    expect(Object.keys(kept)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })

  it('changes nothing when a record cannot be copied', async () => {
    const store = memoryStore()
    const circle: { [name: string]: unknown } = {}
    circle.circle = circle
    const endless = { ...token, metadata: circle as Records['token']['metadata'] }
    await expect(store.write('token', 't', 0, endless, { event: eventOf('e') })).rejects.toThrow(RangeError)
    await expect(
      store.write('token', 't', 0, token, { event: { ...eventOf('e'), detail: { circle: endless as never } } }),
    ).rejects.toThrow(RangeError)
    expect((await store.get('token', 't')).version).toBe(0)
    expect((await store.list('event', {}, { limit: 5 })).items).toEqual([])
  })

  it('I7 never has more single-use entries than were alive at one time, though nobody sweeps', async () => {
    const clock = createClock()
    const store = memoryStore({ clock })
    for (let i = 0; i < 5000; i++) {
      await store.insertOnce('kind', `key ${i}`, i, clock.now() + 100)
      clock.advance(1)
    }
    clock.advance(HOUR)
    const { removed, more } = await store.sweep(10_000)
    expect(removed).toBeLessThanOrEqual(101)
    expect(more).toBe(false)
  })

  it('I7 has a feed that is bounded, and tells whoever fell behind it', async () => {
    const store = memoryStore()
    const write = async (from: number, to: number) => {
      for (let i = from; i < to; i++) await store.write('token', 't', i, token, { change: EFFECT })
    }
    await write(0, 100_000)
    expect(await store.changes(0, 1)).toMatchObject({ reset: false, cursor: 1 })
    await write(100_000, 100_001)
    expect(await store.changes(0, 1)).toEqual({ changes: [], cursor: 100_001, reset: true })
    const { changes, reset } = await store.changes(50_001, 100_000)
    expect([changes.length, changes[0]?.number, reset]).toEqual([50_000, 50_002, false])
    expect((await store.changes(49_999, 1)).reset).toBe(true)
  })

  it('tells those who come with a cursor that is none to start anew', async () => {
    const store = memoryStore()
    await store.write('token', 't', 0, token, { change: EFFECT })
    for (const cursor of [-1, 2, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await store.changes(cursor, 5), String(cursor)).toEqual({ changes: [], cursor: 1, reset: true })
    }
  })

  it('lists the tokens of an owner without a look at those of others', async () => {
    const store = memoryStore()
    const owners = Array.from({ length: 50 }, (_, i) => ({ kind: 'user', id: `u_${i}` }) as const)
    for (let i = 0; i < 1000; i++) {
      await store.write('token', `t_${i}`, 0, {
        ...token,
        owner: owners[i % 50] as Records['token']['owner'],
        expiresAt: 1,
        order: i,
      })
    }
    let looks = 0
    /** Counts how often it is compared. */
    const moment = { [Symbol.toPrimitive]: () => ++looks && 5 } as never
    const owner = owners[7] as Records['token']['owner']
    const { items } = await store.list('token', { owner, expiresBy: moment }, { limit: 100 })
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `t_${957 - i * 50}`))
    expect(looks).toBe(20)
  })

  it('keeps every record in its lists where its owner, its tenant or its order changes', async () => {
    const store = memoryStore()
    const idsOf = async (filter: object) => (await store.list('token', filter, { limit: 5 })).items.map(({ id }) => id)
    await store.write('token', 'a', 0, { ...token, order: 1, tenant: 'ws_1' })
    await store.write('token', 'b', 0, { ...token, order: 2, tenant: 'ws_1' })
    await store.touch([{ kind: 'token', id: 'a', at: 5, count: 1, ip: null }])
    await store.write('token', 'a', 1, { ...token, order: 3, tenant: 'ws_1' })
    expect(await idsOf({})).toEqual(['a', 'b'])
    await store.write('token', 'b', 1, { ...token, order: 2, tenant: 'ws_2', owner: { kind: 'user', id: 'u_2' } })
    expect(await idsOf({ tenant: 'ws_1' })).toEqual(['a'])
    expect(await idsOf({ tenant: 'ws_2' })).toEqual(['b'])
    expect(await idsOf({ owner: { kind: 'user', id: 'u_2' } })).toEqual(['b'])
    expect((await store.list('token', { tenant: 'ws_1' }, { limit: 1 })).items[0]).toMatchObject({
      version: 2,
      use: { at: 5, count: 1 },
    })
  })

  it('takes its time before and after each call when it is told to', async () => {
    vi.useFakeTimers()
    try {
      let answered = false
      const call = memoryStore({ latency: { min: 10, max: 10 } }).sweep(1)
      call.then(() => {
        answered = true
      })
      await vi.advanceTimersByTimeAsync(19)
      expect(answered).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(answered).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

const eventOf = (id: string) => ({
  id,
  type: 'token.issued' as const,
  at: 1,
  about: 't',
  by: { kind: 'system' as const, id: 'system' },
  createdAt: 1,
  order: 1,
  unique: null,
  keepUntil: null,
})

function everyPart(value: unknown, visit: (part: object) => void): void {
  if (typeof value !== 'object' || value === null) return
  visit(value)
  for (const part of Object.values(value)) everyPart(part, visit)
}

function frozenAtEveryDepth<T>(value: T): T {
  everyPart(value, Object.freeze)
  return value
}
