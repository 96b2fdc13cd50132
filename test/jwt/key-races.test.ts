import { system, type TokenStore } from 'tokenloop'
import { issueJwt, type ManagedKeys, verifyJwt } from 'tokenloop/jwt'
import { type FaultPoint, faultyStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { codeOf } from '../support/world.js'
import { CLAIMS, ISSUER, keyRecords, keyWorld, kidOf, kidsOf, LEAD, RESOURCE } from './key-world.js'

const issue = (keys: ManagedKeys) => issueJwt(keys, CLAIMS, { expiresIn: '10m' })
const NODES = 8

/** Stages as anybody would see them, with how many keys sign. */
const activeOf = async (keys: ManagedKeys) => (await keys.list()).filter(({ stage }) => stage === 'active')

describe('nodes that race', () => {
  it.each([1, 2, 3, 4, 5])('R17 for the first key make one (seed %i)', async (seed) => {
    const { node, store } = keyWorld({ wrap: (bare) => slowStore(bare, { seed, max: 4 }) })
    const nodes = Array.from({ length: NODES }, () => node())
    await Promise.all(nodes.map((keys, i) => (i % 2 === 0 ? keys.ready() : issue(keys))))
    expect(await keyRecords(store)).toHaveLength(1)
    const jwts = await Promise.all(nodes.map(issue))
    expect(new Set(jwts.map(kidOf)).size).toBe(1)
  })

  it.each([1, 2, 3, 4, 5])(
    'R14 to rotate announce one key, and every token verifies at every node (seed %i)',
    async (seed) => {
      const { node, store, clock } = keyWorld({ wrap: (bare) => slowStore(bare, { seed, max: 4 }) })
      const nodes = Array.from({ length: NODES }, () => node())
      await Promise.all(nodes.map((keys) => keys.ready()))
      for (let round = 0; round < 3; round++) {
        const rotated = await Promise.all(nodes.map((keys) => keys.rotate({ by: system })))
        expect(new Set(rotated.map(({ kid }) => kid)).size).toBe(1)
        expect(await keyRecords(store)).toHaveLength(2 + round)
        clock.advance(LEAD)
        const jwts = await Promise.all(nodes.map(issue))
        expect(new Set(jwts.map(kidOf))).toEqual(new Set([rotated[0]?.kid]))
        for (const keys of nodes) {
          for (const jwt of jwts) {
            const checked = await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock })
            expect(checked).toMatchObject({ ok: true })
          }
        }
        expect(await activeOf(nodes[0] as ManagedKeys)).toHaveLength(1)
      }
    },
  )

  it('R14 when the time for the next key has come announce one', async () => {
    const { node, store, clock } = keyWorld({ wrap: (bare) => slowStore(bare, { seed: 9 }) })
    const nodes = Array.from({ length: NODES }, () => node())
    await Promise.all(nodes.map((keys) => keys.ready()))
    clock.advance('90d')
    await Promise.all(nodes.map((keys) => keys.ready()))
    expect(await keyRecords(store)).toHaveLength(2)
  })
})

describe('a node that stalls', () => {
  /** A store whose nth write waits until it is let go. */
  const stalling = (store: TokenStore, nth: number) => {
    let writes = 0
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let reached = () => {}
    const stalled = new Promise<void>((resolve) => {
      reached = resolve
    })
    const wrapped = around(store, async (call, run) => {
      if (call.method === 'write' && ++writes === nth) {
        reached()
        await gate
      }
      return run()
    })
    return { store: wrapped, stalled, release }
  }

  it('R16 for an hour before it announces a key makes none sign before others could know it', async () => {
    const { node, bare, clock } = keyWorld()
    const keys = node()
    const old = kidOf(await issue(keys))
    const stall = stalling(bare, 1)
    const rotating = node({ store: stall.store }).rotate({ by: system })
    await stall.stalled
    clock.advance('1h')
    stall.release()
    const { kid } = await rotating
    await keys.ready()
    clock.advance('899999ms')
    expect(kidOf(await issue(keys))).toBe(old)
    clock.advance(1)
    expect(kidOf(await issue(keys))).toBe(kid)
  })

  it('R16 before it gives the key its time leaves that to whoever comes, and comes too late', async () => {
    const { node, bare, clock } = keyWorld()
    const keys = node()
    const old = kidOf(await issue(keys))
    const stall = stalling(bare, 2)
    const rotating = node({ store: stall.store }).rotate({ by: system })
    await stall.stalled
    expect((await keyRecords(bare)).map(({ stage }) => stage).sort()).toEqual(['active', 'announced'])
    clock.advance('10m')
    const seenAt = clock.now()
    await keys.ready()
    clock.advance('10m')
    stall.release()
    const { kid, activeAt } = await rotating
    expect(activeAt).toBe(seenAt + 900_000)
    expect(kidOf(await issue(keys))).toBe(old)
    clock.advance('5m')
    expect(kidOf(await issue(keys))).toBe(kid)
  })

  it('R17 on its way to the first key makes none when there are others, not even weeks later', async () => {
    const { node, bare, clock } = keyWorld()
    const stall = stalling(bare, 1)
    const late = node({ store: stall.store })
    const starting = late.ready()
    await stall.stalled
    const keys = node()
    await keys.ready()
    await keys.rotate({ by: system })
    clock.advance('1d')
    await keys.ready()
    clock.advance('28d')
    await keys.ready()
    await bare.sweep(100)
    stall.release()
    await starting
    expect(await activeOf(keys)).toHaveLength(1)
    expect((await late.list()).map(({ stage }) => stage)).toEqual(['gone', 'active'])
  })
})

/** Every write of a rotation and of what follows, and every way in which it can go wrong. */
const POINTS: readonly FaultPoint[] = ['before', 'after', 'serialization', 'twice']
const FAULTS = POINTS.flatMap((point) => [1, 2, 3, 4].map((nth) => [point, nth] as const))

describe('a fault at', () => {
  it.each(FAULTS)(
    'R16 "%s" of write %i leaves exactly one key that signs, and a repeat gets there',
    async (point, nth) => {
      const { node, bare, clock } = keyWorld()
      const store = faultyStore(bare, { fault: { point, method: 'write', nth } })
      const keys = node({ store })
      const other = node()
      await keys.ready().catch(() => {})
      expect(await codeOf(keys.rotate({ by: system }))).toMatch(/^(?:nothing|unavailable)$/)
      await other.ready()
      expect(await activeOf(other)).toHaveLength(1)
      const { kid } = await keys.rotate({ by: system })
      expect(await keyRecords(bare)).toHaveLength(2)
      clock.advance(LEAD)
      await keys.ready().catch(() => {})
      await other.ready()
      expect(await activeOf(other)).toMatchObject([{ kid }])
      expect(kidOf(await issue(keys))).toBe(kid)
      expect((await keyRecords(bare)).map(({ stage }) => stage).sort()).toEqual(['active', 'retiring'])
    },
  )

  it.each(POINTS)('R17 "%s" while the first key is made leaves one', async (point) => {
    const { node, bare } = keyWorld()
    const store = faultyStore(bare, { fault: { point, method: 'write', nth: 1 } })
    await node({ store }).ready()
    expect(store.struck('fault')).toBe(1)
    expect(await keyRecords(bare)).toHaveLength(1)
  })
})

describe('a store that does not answer', () => {
  const failing = () => {
    const world = keyWorld()
    const store = faultyStore(world.bare, { down: { point: 'before' } })
    store.off('down')
    return { ...world, store, keys: world.node({ store }) }
  }

  it('lets signing, verifying and publishing go on for five minutes, and is unavailable after that', async () => {
    const { keys, store, clock } = failing()
    const jwt = await issue(keys)
    const verify = () => verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock })
    store.on('down')
    for (let minute = 0; minute < 5; minute++) {
      clock.advance('1m')
      expect(kidOf(await issue(keys))).toBe(kidOf(jwt))
      expect(await verify()).toMatchObject({ ok: true })
      expect((await keys.jwks()).status).toBe(200)
    }
    clock.advance(1)
    expect(await codeOf(issue(keys))).toBe('unavailable')
    expect(await verify()).toEqual({ ok: false, reason: 'unavailable' })
    const response = await keys.jwks()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.get('cache-control')).toBe('no-store')
    store.off('down')
    clock.advance('1s')
    expect(kidOf(await issue(keys))).toBe(kidOf(jwt))
    expect(await verify()).toMatchObject({ ok: true })
  })

  it('is asked once a second at the most, however many ask', async () => {
    const { keys, store, clock } = failing()
    store.on('down')
    const burst = () => Promise.all(Array.from({ length: 50 }, () => codeOf(issue(keys))))
    expect(new Set(await burst())).toEqual(new Set(['unavailable']))
    expect(new Set(await burst())).toEqual(new Set(['unavailable']))
    expect(store.struck('down')).toBe(1)
    clock.advance('1s')
    await burst()
    expect(store.struck('down')).toBe(2)
    store.off('down')
    await keys.ready() // The host that starts anew does not wait.
    expect(await codeOf(issue(keys))).toBe('nothing')
  })

  it('is an error at the start, and no reason for another key', async () => {
    const { keys, store, bare, node } = failing()
    await node().ready()
    store.on('down')
    expect(await codeOf(keys.ready())).toBe('unavailable')
    expect(await codeOf(keys.rotate({ by: system }))).toBe('unavailable')
    expect(await keyRecords(bare)).toHaveLength(1)
  })

  it('R13 is asked again when the clock of the node is set back, and what is known is not taken for fresh', async () => {
    const { keys, store, bare, node, clock } = failing()
    const own = { offset: 0 }
    const set = node({ store, clock: { now: () => clock.now() + own.offset } })
    const jwt = await issue(set)
    own.offset = -600_000
    expect(kidOf(await issue(set))).toBe(kidOf(jwt))
    own.offset = -1_200_000
    store.on('down')
    expect(await codeOf(issue(set))).toBe('unavailable')
    expect(await keyRecords(bare)).toHaveLength(1)
    expect(await codeOf(issue(keys))).toBe('unavailable')
  })
})

describe('a key id that nobody knows', () => {
  it('leads to one look at the store, and to no further one for five seconds', async () => {
    const { node, store, clock, bare } = keyWorld()
    let reads = 0
    const keys = node({
      store: around(bare, (call, run) => {
        if (call.method === 'list') reads++
        return run()
      }),
    })
    await keys.ready()
    clock.advance(5001)
    reads = 0
    const found = await Promise.all(Array.from({ length: 1000 }, (_, i) => keys.find(`random-${i}`)))
    expect(new Set(found)).toEqual(new Set(['unknown_key']))
    for (let i = 0; i < 1000; i++) expect(await keys.find(`more-${i}`)).toBe('unknown_key')
    expect(reads).toBe(1)
    expect(store).toBe(bare)
  })

  it('is no key where there are several, and the only one where there is one', async () => {
    const { node } = keyWorld()
    const keys = node()
    await keys.ready()
    expect(await keys.find(undefined)).toMatchObject({ kid: (await kidsOf(keys))[0] })
    await keys.rotate({ by: system })
    expect(await keys.find(undefined)).toBe('ambiguous_key')
  })

  it('has its revision moved when a key is gone, and not before', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    await keys.ready()
    const before = keys.revision
    await keys.rotate({ by: system })
    clock.advance(LEAD)
    await keys.ready()
    expect(keys.revision).toBe(before)
    clock.advance('70m')
    await keys.ready()
    expect(keys.revision).not.toBe(before)
  })
})
