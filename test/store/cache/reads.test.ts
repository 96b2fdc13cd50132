import { describe, expect, it } from 'vitest'
import { around } from '../../../src/store/around.js'
import type { ReadWith } from '../../../src/store/store.js'
import { account, caching, cachingSlowly, LATE, settled, token } from './support.js'

describe('a read that may be late', () => {
  it('is answered from memory up to the bound, and from the store at the bound', async () => {
    const { clock, database, late, calls } = caching()
    await database.write('token', 't', 0, token())
    const first = await late()
    await database.write('token', 't', 1, token({ name: 'changed elsewhere' }))
    clock.advance(4999)
    expect(await late()).toEqual({ ...first, now: first.now + 4999 })
    expect(calls.getWith).toBe(1)
    clock.advance(1)
    expect(await late()).toMatchObject({ version: 2, now: first.now + 5000, record: { name: 'changed elsewhere' } })
    expect(calls.getWith).toBe(2)
  })

  it('that took its time counts from when it began, and is no longer given when it took all of it', async () => {
    const { clock, database, late, calls, letGo } = cachingSlowly()
    await database.write('token', 't', 0, token())
    const read = async (latency: number) => {
      const [before, reading] = [calls.getWith, late()]
      await settled()
      clock.advance(latency)
      letGo()
      await reading
      return calls.getWith - before
    }
    expect(await read(3000)).toBe(1)
    clock.advance(1999)
    expect(await read(0)).toBe(0)
    clock.advance(1)
    expect(await read(5000)).toBe(1)
    expect(await read(0)).toBe(1)
  })

  it('is asked for by name: no other read is ever late', async () => {
    const { database, store, late } = caching()
    await database.write('token', 't', 0, token({ unique: 'u' }))
    await late()
    await database.write('token', 't', 1, token({ unique: 'u', name: 'new' }))
    const fresh = { version: 2, record: { name: 'new' } }
    expect(await store.find('token', 'u')).toMatchObject(fresh)
    expect((await store.list('token', {}, { limit: 1 })).items[0]).toMatchObject(fresh)
    expect((await late()).version).toBe(1)
    expect(await store.get('token', 't')).toMatchObject(fresh)
    expect(await store.getWith('token', 't')).toMatchObject(fresh)
    expect(await store.getWith('token', 't', {})).toMatchObject(fresh)
    expect(await store.getWith('token', 't', { late: false })).toMatchObject(fresh)
  })

  it('A20.7 says nothing older than what this instance has read meanwhile: ended in the database stays ended', async () => {
    const { database, store, late } = caching()
    const by = { kind: 'system', id: 'system' } as const
    await database.write('token', 't', 0, token())
    for (const [version, read] of [
      [1, 'get'],
      [2, 'getWith'],
    ] as const) {
      await late()
      await database.write('token', 't', version, token({ revoked: { at: version, by, reason: null } }))
      expect((await late()).version).toBe(version)
      await store[read]('token', 't')
      expect(await late()).toMatchObject({ version: version + 1, record: { revoked: { at: version } } })
    }
  })

  it('takes no answer of one kind for another, nor ids with a colon for one another', async () => {
    const { database, store } = caching()
    await database.write('account', 'user:a', 0, account())
    await database.write('account', 'a', 0, account({ name: 'other' }))
    const seen = []
    for (const [kind, id] of [
      ['account', 'user:a'],
      ['account', 'a'],
      ['client', 'a'],
      ['token', 'user:a'],
    ] as const) {
      for (let i = 0; i < 2; i++) seen.push((await store.getWith(kind, id, LATE)).version)
    }
    expect(seen).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
    expect((await store.getWith('account', 'a', LATE)).record?.name).toBe('other')
  })

  it('A20.6 gives everybody what nobody can change', async () => {
    const { database, late } = caching({}, (store) => around(store, async (_, run) => structuredClone(await run())))
    await database.write('account', 'user:alice', 0, account())
    await database.write('token', 't', 0, token({ metadata: { a: { b: 1 } } }))
    for (const read of [await late(), await late()]) {
      expect(() => Object.assign(read.record?.metadata.a as object, { b: 2 })).toThrow(TypeError)
      expect(() => Object.assign(read.chain?.owner.record as object, { status: 'active' })).toThrow(TypeError)
      expect(() => Object.assign(read.chain as object, { owner: {} })).toThrow(TypeError)
    }
    expect((await late()).record?.metadata).toEqual({ a: { b: 1 } })
  })
})

describe('many that ask for one record at once', () => {
  it('R49 cost one read, ten thousand of them', async () => {
    const { database, late, calls } = caching()
    await database.write('token', 't', 0, token())
    const seen = await Promise.all(Array.from({ length: 10_000 }, () => late()))
    expect(calls.getWith).toBe(1)
    expect(seen.every(({ version }) => version === 1)).toBe(true)
  })

  it('R49 cost one read more where it was written meanwhile, and none of those who came after sees what was before', async () => {
    const { store, late, calls, letGo } = cachingSlowly()
    await store.write('token', 't', 0, token())
    const before = Array.from({ length: 100 }, () => late())
    await settled()
    await store.write('account', 'user:alice', 0, account())
    const after = Array.from({ length: 100 }, () => late())
    for (let i = 0; i < 2; i++) {
      letGo()
      await settled()
    }
    const versions = async (reads: readonly Promise<ReadWith<'token'>>[]) =>
      new Set((await Promise.all(reads)).map(({ chain }) => chain?.owner.version))
    expect(await versions(after)).toEqual(new Set([1]))
    expect(await versions(before)).toEqual(new Set([0, 1]))
    expect(calls.getWith).toBe(2)
  })

  it('do not wait for a read that began longer ago than the bound', async () => {
    const { clock, database, late, calls, letGo } = cachingSlowly()
    await database.write('token', 't', 0, token())
    const hanging = late()
    await settled()
    clock.advance('5s')
    await database.write('token', 't', 1, token())
    const second = late()
    const third = late()
    await settled()
    expect(calls.getWith).toBe(2)
    letGo(1)
    expect([(await second).version, (await third).version]).toEqual([2, 2])
    letGo()
    expect((await hanging).version).toBe(1)
    // What came in last was read first: it takes the place of nothing.
    expect((await late()).version).toBe(2)
    expect(calls.getWith).toBe(2)
  })

  it('wait for the read that took the place of one that hangs, also once that came in', async () => {
    const { clock, database, late, calls, letGo } = cachingSlowly()
    await database.write('token', 't', 0, token())
    const hanging = late()
    await settled()
    clock.advance('5s')
    const second = late()
    await settled()
    letGo()
    await hanging
    const third = late()
    await settled()
    expect(calls.getWith).toBe(2)
    letGo()
    expect([(await second).version, (await third).version]).toEqual([1, 1])
  })
})
