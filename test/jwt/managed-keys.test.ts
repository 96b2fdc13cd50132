import { system, user } from 'tokenloop'
import { issueJwt, managedKeys, thumbprint, verifyJwt } from 'tokenloop/jwt'
import { countingStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/world.js'
import { CLAIMS, ISSUER, KEK, keyRecords, keyWorld, kidOf, kidsOf, LEAD, RESOURCE } from './key-world.js'

const issue = (keys: Parameters<typeof issueJwt>[0]) => issueJwt(keys, CLAIMS, { expiresIn: '10m' })

describe('the first key', () => {
  it('is made at the start, signs at once, and is called by its thumbprint', async () => {
    const { node, store, told } = keyWorld()
    const keys = node()
    await keys.ready()
    const [key] = await keyRecords(store)
    expect(await kidsOf(keys)).toEqual([key?.id])
    expect(kidOf(await issue(keys))).toBe(key?.id)
    expect(thumbprint({ kty: 'EC', ...key?.publicJwk })).toBe(key?.id)
    expect(told('key.activated')).toMatchObject([{ about: key?.id, by: { kind: 'system' } }])
  })

  it('is made by whatever comes first: a token, or a look at the published keys', async () => {
    for (const first of ['issue', 'jwks'] as const) {
      const { node, store } = keyWorld()
      const keys = node()
      await (first === 'issue' ? issue(keys) : keys.jwks())
      expect(await keyRecords(store)).toHaveLength(1)
    }
  })
})

describe('a key', () => {
  it('is announced while others may not know it, signs, is published until its last token has expired, and is erased', async () => {
    const { node, clock, store, told } = keyWorld()
    const keys = node()
    const old = kidOf(await issue(keys))
    const { kid: next, activeAt } = await keys.rotate({ by: user('u_1') })
    expect(activeAt).toBe(clock.now() + 900_000)
    expect(await kidsOf(keys)).toEqual([old, next])

    clock.advance(899_999)
    expect(kidOf(await issue(keys))).toBe(old)
    clock.advance(1)
    const last = await issue(keys)
    expect(kidOf(last)).toBe(next)
    await keys.ready()
    expect((await keys.list()).map(({ stage }) => stage)).toEqual(['retiring', 'active'])

    // The outage for which a process may have gone on with it, the longest token, and the clocks of others.
    clock.advance(300_000 + 3_600_000 + 300_000 - 1)
    expect(await kidsOf(keys)).toEqual([old, next])
    clock.advance(1)
    expect(await kidsOf(keys)).toEqual([next])
    expect(await keys.find(old as string)).toBe('unknown_key')

    await keys.ready()
    expect(await keyRecords(store)).toMatchObject([{ stage: 'gone', sealed: null }, { stage: 'active' }])
    expect(told('key.announced')).toMatchObject([{ about: next, by: { kind: 'user', id: 'u_1' } }])
    expect(told('key.retired')).toMatchObject([{ about: old }])
    expect(told('key.removed')).toMatchObject([{ about: old }])
    const { items } = await store.list('event', { about: String(old) }, { limit: 10 })
    expect(items.map((item) => 'type' in item && item.type)).toEqual(['key.removed', 'key.retired', 'key.activated'])

    clock.advance('30d')
    await store.sweep(10)
    expect(await keyRecords(store)).toHaveLength(1)
  })

  it('switches at its moment without a look at the store', async () => {
    const { node, clock, store } = keyWorld({ wrap: countingStore })
    const keys = node()
    const { kid } = await keys.rotate({ by: system })
    clock.advance(899_000)
    await issue(keys)
    const reads = (store as ReturnType<typeof countingStore>).total
    clock.advance('1s')
    expect(kidOf(await issue(keys))).toBe(kid)
    expect((store as ReturnType<typeof countingStore>).total).toBe(reads)
  })

  it('gets one successor at a time, however often it is asked for', async () => {
    const { node, clock, store } = keyWorld()
    const keys = node()
    const first = await keys.rotate({ by: system })
    clock.advance('10m')
    expect(await node().rotate({ by: system })).toEqual(first)
    expect(await keyRecords(store)).toHaveLength(2)
    clock.advance('5m')
    expect((await keys.rotate({ by: system })).kid).not.toBe(first.kid)
  })

  it('signs for 90 days, and has a successor by then that is known for long enough', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    await keys.ready()
    const first = kidOf(await issue(keys))
    clock.advance('90d')
    clock.set(clock.now() - 900_001)
    await keys.ready()
    expect(await kidsOf(keys)).toHaveLength(1)
    clock.advance(1)
    await keys.ready()
    expect(await kidsOf(keys)).toHaveLength(2)
    clock.advance(LEAD)
    expect(kidOf(await issue(keys))).not.toBe(first)
  })

  it('signs for ever where the host rotates itself', async () => {
    const { node, clock } = keyWorld({ rotateEvery: 'never' })
    const keys = node()
    const first = kidOf(await issue(keys))
    clock.advance('10y')
    await keys.ready()
    expect(kidOf(await issue(keys))).toBe(first)
    expect(await kidsOf(keys)).toEqual([first])
  })
})

describe('the store', () => {
  it('is read once for many tokens, and again in the background when a minute has passed', async () => {
    const world = keyWorld({ wrap: countingStore })
    const store = world.store as ReturnType<typeof countingStore>
    const keys = world.node()
    await keys.ready()
    store.reset()
    for (let i = 0; i < 50; i++) await issue(keys)
    expect(store.total).toBe(0)
    world.clock.advance(60_001)
    await Promise.all(Array.from({ length: 20 }, () => issue(keys)))
    expect(store.total).toBe(1)
  })

  it('decides the time, and the clock of a node does not', async () => {
    const { node, clock } = keyWorld()
    const ahead = { now: () => clock.now() + 86_400_000 }
    const [keys, other] = [node(), node({ clock: ahead })]
    const first = kidOf(await issue(keys))
    await keys.rotate({ by: system })
    expect(kidOf(await issue(other))).toBe(first)
    expect(other.now()).toBe(clock.now())
  })

  it.each([
    ['is not linearizable', { linearizable: false }],
    ['does not say so', { linearizable: undefined }],
  ])('is refused where it %s', (_, capability) => {
    const { bare } = keyWorld()
    const store = { ...bare, capabilities: { ...bare.capabilities, ...capability } }
    const make = () => managedKeys({ store: store as typeof bare, sealWith: [KEK] })
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})

describe('the options', () => {
  it.each([
    { cacheFor: 0 },
    { tokenLifetime: '999ms' },
    { outage: -1 },
    { rotateEvery: 'soon' },
    { cacheFor: Number.NaN },
  ])('are refused: %o', (option) => {
    const { node } = keyWorld()
    expect(() => node(option as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })

  it('set how long things last', async () => {
    const { node, clock } = keyWorld({ cacheFor: '1m', outage: '30s', tokenLifetime: '5m' })
    const keys = node()
    const { activeAt } = await keys.rotate({ by: system })
    expect(activeAt).toBe(clock.now() + 90_000)
    expect((await keys.jwks()).headers.get('cache-control')).toBe('public, max-age=60')
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: '5001ms' }))).toBe('nothing')
    expect(await codeOf(issueJwt(keys, CLAIMS, { expiresIn: 300_001 }))).toBe('lifetime_not_allowed')
  })

  it('name who rotates', async () => {
    const { node } = keyWorld()
    expect(await codeOf(node().rotate({ by: undefined as never }))).toBe('invalid_input')
    expect(await codeOf(node().rotate({ by: {} as never }))).toBe('invalid_input')
  })

  it('let the threads of the runtime sign', async () => {
    const { node, clock } = keyWorld({ inPool: true })
    const keys = node()
    const jwts = await Promise.all(Array.from({ length: 20 }, () => issue(keys)))
    for (const jwt of jwts) {
      expect(await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock })).toMatchObject({ ok: true })
    }
  })
})
