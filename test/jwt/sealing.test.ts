import { system, user } from 'tokenloop'
import { issueJwt, managedKeys } from 'tokenloop/jwt'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/world.js'
import { CLAIMS, KEK, keyRecords, keyWorld, kidOf, kidsOf, LEAD, OTHER_KEK, tamper } from './key-world.js'

const issue = (keys: Parameters<typeof issueJwt>[0]) => issueJwt(keys, CLAIMS, { expiresIn: '10m' })

describe('the sealing key', () => {
  it.each([
    ['missing', undefined],
    ['nothing', []],
    ['no key', [{ id: '2026' }]],
    ['too short', [{ id: '2026', key: new Uint8Array(31) }]],
    ['without an id', [{ id: '', key: new Uint8Array(32) }]],
  ])('R18 that is %s is an error at the start', (_, sealWith) => {
    const { store } = keyWorld()
    const make = () => managedKeys({ store, sealWith: sealWith as never })
    expect(make).toThrow(expect.objectContaining({ code: 'key_unavailable' }))
  })

  it.each([
    ['another one of the same id', OTHER_KEK],
    ['one of another id', { ...KEK, id: '2027' }],
  ])(
    'R18 A15.11 that is %s is an error at the start, for rotations and for tokens, and makes no new key',
    async (_, kek) => {
      const { node, store, told } = keyWorld()
      await node().ready()
      const before = await keyRecords(store)
      const wrong = node({ sealWith: [kek] })
      expect(await codeOf(wrong.ready())).toBe('key_unavailable')
      expect(await codeOf(issue(wrong))).toBe('key_unavailable')
      expect(await codeOf(wrong.rotate({ by: system }))).toBe('key_unavailable')
      expect(await keyRecords(store)).toEqual(before)
      expect(told('key.unreadable')).toContainEqual(
        expect.objectContaining({ about: before[0]?.id, detail: { sealedWith: '2026' } }),
      )
    },
  )

  it('R18 that is wrong for the next key alone shows at the start, before it is too late', async () => {
    const { node } = keyWorld()
    const old = node()
    await old.ready()
    await node({ sealWith: [OTHER_ID, KEK] }).rotate({ by: system })
    expect(await codeOf(node().ready())).toBe('key_unavailable')
    expect(await codeOf(issue(old))).toBe('nothing')
  })

  it('R18 makes no key where the time for the next one has come', async () => {
    const { node, clock, store } = keyWorld()
    await node().ready()
    clock.advance('90d')
    const wrong = node({ sealWith: [OTHER_KEK] })
    expect(await codeOf(wrong.ready())).toBe('key_unavailable')
    expect(await keyRecords(store)).toHaveLength(1)
  })

  it('can be replaced: the first one seals, all of them open', async () => {
    const { node, clock, store } = keyWorld()
    const first = kidOf(await issue(node()))
    const both = node({ sealWith: [OTHER_ID, KEK] })
    expect(kidOf(await issue(both))).toBe(first)
    const { kid } = await both.rotate({ by: system })
    clock.advance(LEAD)
    expect((await keyRecords(store)).map(({ sealed }) => sealed?.key).sort()).toEqual(['2026', '2027'])
    expect(kidOf(await issue(node({ sealWith: [OTHER_ID] })))).toBe(kid)
  })
})

describe('to seal anew', () => {
  it('puts every private half under the first sealing key, and the former one can be dropped', async () => {
    const { node, store, clock, told } = keyWorld()
    const old = node()
    const first = kidOf(await issue(old))
    await old.rotate({ by: system })
    const both = node({ sealWith: [OTHER_ID, KEK] })
    expect(await both.reseal({ by: user('u_1') })).toBe(2)
    expect((await both.list()).map(({ sealedWith }) => sealedWith)).toEqual(['2027', '2027'])
    expect(told('key.resealed')).toMatchObject([{ by: { id: 'u_1' }, detail: { sealedWith: '2027' } }, {}])
    expect(await both.reseal({ by: system })).toBe(0)
    const without = node({ sealWith: [OTHER_ID] })
    await without.ready()
    expect(kidOf(await issue(without))).toBe(first)
    clock.advance(LEAD)
    expect(kidOf(await issue(without))).not.toBe(first)
    // Who started before goes on: what is opened stays so.
    expect(await codeOf(issue(old))).toBe('nothing')
    expect((await keyRecords(store)).every(({ sealed }) => sealed?.box !== undefined)).toBe(true)
  })

  it('does nothing for a key that is gone, and refuses what cannot be opened', async () => {
    const { node, store, clock } = keyWorld()
    const keys = node()
    await keys.rotate({ by: system })
    clock.advance('2h')
    await keys.ready()
    clock.advance('2h')
    await keys.ready()
    expect((await keys.list()).map(({ sealedWith }) => sealedWith)).toEqual([null, '2026'])
    expect(await node({ sealWith: [OTHER_ID, KEK] }).reseal({ by: system })).toBe(1)
    const before = await keyRecords(store)
    expect(await codeOf(node().reseal({ by: system }))).toBe('key_unavailable')
    expect(await keyRecords(store)).toEqual(before)
    expect(await codeOf(keys.reseal({ by: undefined as never }))).toBe('invalid_input')
  })

  it.each([1, 2, 3, 4])('is done once by many at once, while keys enter their stages (seed %i)', async (seed) => {
    const { node, store, clock, told } = keyWorld({ wrap: (bare) => slowStore(bare, { seed, max: 4 }) })
    await node().rotate({ by: system })
    const nodes = Array.from({ length: 4 }, () => node({ sealWith: [OTHER_ID, KEK] }))
    clock.advance(LEAD)
    const counts = await Promise.all(nodes.flatMap((keys) => [keys.reseal({ by: system }), keys.ready().then(() => 0)]))
    expect(counts.reduce((sum, count) => sum + count)).toBe(2)
    expect(told('key.resealed')).toHaveLength(2)
    expect((await keyRecords(store)).map(({ stage, sealed }) => [stage, sealed?.key])).toEqual([
      ['retiring', '2027'],
      ['active', '2027'],
    ])
    await node({ sealWith: [OTHER_ID] }).ready()
  })
})

const OTHER_ID = { id: '2027', key: new Uint8Array(32).fill(9) }

describe('a key at rest', () => {
  it('A15.11 shows nothing of its private half', async () => {
    const { node, store } = keyWorld()
    const keys = node()
    await keys.ready()
    await keys.rotate({ by: system })
    const records = await keyRecords(store)
    const text = JSON.stringify([records, (await store.list('event', {}, { limit: 100 })).items])
    expect(text).not.toMatch(/"d"|PRIVATE/)
    for (const { sealed } of records)
      expect(sealed).toEqual({ key: '2026', nonce: expect.any(String), box: expect.any(String) })
    // 32 bytes in base64url, which are 43 bytes, and the tag.
    for (const { sealed } of records) expect(Buffer.from(sealed?.box as string, 'base64url')).toHaveLength(43 + 16)
  })

  it('A15.12 opens in no other row', async () => {
    const { node, clock, store } = keyWorld()
    const keys = node()
    await keys.ready()
    await keys.rotate({ by: system })
    const [a, b] = await keyRecords(store)
    await tamper(store, String(a?.id), (record) => ({ ...record, sealed: b?.sealed ?? null }))
    await tamper(store, String(b?.id), (record) => ({ ...record, sealed: a?.sealed ?? null }))
    const fresh = node()
    expect(await codeOf(fresh.ready())).toBe('key_unavailable')
    expect(await codeOf(issue(fresh))).toBe('key_unavailable')
    clock.advance(LEAD)
    expect(await codeOf(issue(fresh))).toBe('key_unavailable')
    expect(await keyRecords(store)).toHaveLength(2)
  })

  it('A15.12 with the public half of another one is no key', async () => {
    const { node, store } = keyWorld()
    const keys = node()
    await keys.ready()
    await keys.rotate({ by: system })
    const [a, b] = await keyRecords(store)
    await tamper(store, String(a?.id), (record) => ({ ...record, publicJwk: b?.publicJwk ?? {} }))
    const fresh = node()
    expect(await codeOf(fresh.ready())).toBe('store_corrupt')
    expect((await fresh.jwks()).status).toBe(503)
    expect(await fresh.find(String(b?.id))).toBe('unavailable')
  })

  it('that is not what was written leads to no new key, and to no other one that signs', async () => {
    const { node, store } = keyWorld()
    await node().ready()
    const [key] = await keyRecords(store)
    await tamper(store, String(key?.id), (record) => ({ ...record, stage: 'lost' as never }))
    const fresh = node()
    expect(await codeOf(fresh.ready())).toBe('store_corrupt')
    expect(await codeOf(issue(fresh))).toBe('store_corrupt')
    expect(await keyRecords(store)).toHaveLength(1)
  })
})

describe('the published keys', () => {
  it('A15.1 have public members alone, and say how long they may be kept', async () => {
    const { node } = keyWorld()
    const keys = node()
    await keys.ready()
    await keys.rotate({ by: system })
    const response = await keys.jwks()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=600',
      'x-content-type-options': 'nosniff',
    })
    const text = await response.text()
    const { keys: published } = JSON.parse(text)
    expect(published).toHaveLength(2)
    for (const jwk of published) expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'])
    expect(text).not.toMatch(/"(?:d|p|q|dp|dq|qi|k|oth)"/)
    expect(await kidsOf(keys)).toEqual(published.map(({ kid }: { kid: string }) => kid))
  })
})
