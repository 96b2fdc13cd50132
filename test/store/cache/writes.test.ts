import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { SAMPLES } from '../../../src/testing/contract/samples.js'
import { account, caching, cachingSlowly, LATE, settled, token } from './support.js'

describe('what is written through the cache', () => {
  it.each([
    ['the record', 'token', 't', token({ name: 'new', tenant: 'ws_1' })],
    ['its owner', 'account', 'user:alice', account({ tokens: 7 })],
    ['its tenant', 'account', 'tenant:ws_1', account({ type: 'tenant', tokens: 7 })],
  ] as const)('is felt at once: %s, also where it was not there before', async (_, kind, id, next) => {
    const { store, late, calls } = caching()
    await store.write('token', 't', 0, token({ tenant: 'ws_1' }))
    for (let version = kind === 'token' ? 1 : 0; version < 3; version++) {
      await late()
      const before = calls.getWith
      await late()
      expect(calls.getWith).toBe(before)
      expect(await store.write(kind, id, version, next)).toBe('written')
      const { version: own, chain } = await late()
      const versions = { t: own, 'user:alice': chain?.owner.version, 'tenant:ws_1': chain?.tenant?.version }
      expect(versions[id]).toBe(version + 1)
    }
  })

  it('concerns only what depends on it', async () => {
    const { store, late, calls } = caching()
    await store.write('token', 't', 0, token())
    await late()
    await store.write('token', 'other', 0, token())
    await store.write('account', 'user:bob', 0, account())
    await store.write('client', 'alice', 0, null)
    await late()
    expect(calls.getWith).toBe(1)
  })

  it('is felt at once where it takes away all there was, and where it makes it again', async () => {
    const { store, late } = caching()
    for (let i = 0; i < 2; i++) {
      await store.write('token', 't', 0, token())
      expect((await late()).version).toBe(1)
      await store.write('token', 't', 1, null)
      expect((await late()).version).toBe(0)
    }
  })

  it('reaches what hangs on it by several links', async () => {
    const { store, database } = caching()
    const grant = { subject: 'alice', client: 'app', tenant: null }
    await database.write('account', 'user:alice', 0, account())
    await database.write('client', 'app', 0, { ...SAMPLES.client, tenant: 'ws_9', secrets: [] })
    await database.write('grant', 'g', 0, { ...SAMPLES.grant, ...grant })
    await database.write('authorization', 'a', 0, { ...SAMPLES.authorization, grant: 'g' })
    await database.write('access', 'x', 0, { ...SAMPLES.access, authorization: 'a' })
    const rolesAt = async () => {
      const { chain } = await store.getWith('access', 'x', LATE)
      return Object.fromEntries(Object.entries(chain ?? {}).map(([role, link]) => [role, link?.version]))
    }
    const at1 = { authorization: 1, grant: 1, client: 1, subject: 1, clientTenant: 0 }
    expect(await rolesAt()).toEqual(at1)
    await store.write('account', 'tenant:ws_9', 0, account({ type: 'tenant' }))
    expect(await rolesAt()).toEqual({ ...at1, clientTenant: 1 })
    await store.write('client', 'app', 1, { ...SAMPLES.client, tenant: 'ws_9', secrets: [] })
    expect(await rolesAt()).toEqual({ ...at1, client: 2, clientTenant: 1 })
  })

  it('is felt at once where its answer was lost', async () => {
    const { store, late } = caching({}, (store) =>
      faultyStore(store, { lost: { point: 'after', method: 'write', nth: 2 } }),
    )
    await store.write('token', 't', 0, token())
    await late()
    await expect(store.write('token', 't', 1, token({ name: 'new' }))).rejects.toThrow('fault after')
    expect(await late()).toMatchObject({ version: 2, record: { name: 'new' } })
  })

  it('leaves nothing behind of a read that was under way', async () => {
    const { store, late, letGo } = cachingSlowly()
    await store.write('token', 't', 0, token())
    const before = late()
    await settled()
    await store.write('token', 't', 1, token({ name: 'new' }))
    const joining = late()
    await settled()
    letGo()
    await settled()
    const after = late()
    await settled()
    letGo()
    expect((await before).version).toBe(1)
    expect((await joining).version).toBe(2)
    expect((await after).version).toBe(2)
    expect((await late()).version).toBe(2)
  })

  it('is felt at once even where more was written than can be kept in mind', async () => {
    const { store, database, late } = caching({ max: 3 })
    await store.write('token', 't', 0, token())
    await late()
    await store.write('account', 'user:alice', 0, account())
    for (let i = 0; i < 10; i++) await store.write('token', `other ${i}`, 0, token())
    expect((await late()).chain?.owner.version).toBe(1)
    await database.write('token', 't', 1, token())
    expect((await late()).version).toBe(1)
    // Nor is what was not written at all given out, once that can no longer be told.
    for (let i = 0; i < 4; i++) await store.write('client', `c ${i}`, 0, null)
    expect((await late()).version).toBe(2)
  })

  it('is kept in mind by when it was written last', async () => {
    const { store, database, late, calls } = caching({ max: 2 })
    await database.write('token', 't', 0, token())
    for (const id of ['a', 'b']) await store.write('client', id, 0, null)
    await late()
    for (const id of ['a', 'c']) await store.write('client', id, 0, null)
    await late()
    expect(calls.getWith).toBe(1)
  })
})

describe('what is not there', () => {
  it('is not there for a second at the most', async () => {
    const { clock, database, late, calls } = caching()
    expect((await late()).version).toBe(0)
    await database.write('token', 't', 0, token())
    clock.advance(999)
    expect(await late()).toMatchObject({ version: 0, record: undefined, chain: undefined })
    expect(calls.getWith).toBe(1)
    clock.advance(1)
    expect((await late()).version).toBe(1)
  })

  it('takes the place of what was there', async () => {
    const { clock, database, late, calls } = caching()
    await database.write('token', 't', 0, token())
    await late()
    await database.write('token', 't', 1, null)
    clock.advance('5s')
    for (let i = 0; i < 3; i++) expect((await late()).version).toBe(0)
    expect(calls.getWith).toBe(2)
  })

  it('is not there for as long as the bound, where that is shorter', async () => {
    const { clock, database, late } = caching({ maxStaleness: 300 })
    await late()
    await database.write('token', 't', 0, token())
    clock.advance(299)
    expect((await late()).version).toBe(0)
    clock.advance(1)
    expect((await late()).version).toBe(1)
  })

  it('R29 is there at once when it was made through this cache, also while it was being looked for', async () => {
    const { store, late, letGo } = cachingSlowly()
    const miss = late()
    await settled()
    letGo()
    expect((await miss).version).toBe(0)
    expect((await late()).version).toBe(0)
    await store.write('token', 't', 0, token())
    const hit = late()
    await settled()
    letGo()
    expect((await hit).version).toBe(1)

    const looking = store.getWith('token', 'u', LATE)
    await settled()
    await store.write('token', 'u', 0, token())
    letGo()
    await looking
    const found = store.getWith('token', 'u', LATE)
    await settled()
    letGo()
    expect((await found).version).toBe(1)
  })
})
