import { system, type TokenStore, user } from 'tokenloop'
import { createJwtVerifier, issueJwt, type ManagedKeys, verifyJwt } from 'tokenloop/jwt'
import { type FaultPoint, faultyStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { codeOf } from '../support/world.js'
import { CLAIMS, ISSUER, KEK, keyRecords, keyWorld, kidOf, kidsOf, LEAD, OTHER_KEK, RESOURCE } from './key-world.js'

const issue = (keys: ManagedKeys) => issueJwt(keys, CLAIMS, { expiresIn: '10m' })
const kidNow = async (keys: ManagedKeys) => String(kidOf(await issue(keys)))
const by = user('u_1')

/** The stages, from the first key to the last. */
const stages = async (keys: ManagedKeys) => (await keys.list()).map(({ stage }) => stage)

describe('a key that is revoked', () => {
  it('is gone at once with all that it signed, and a new one signs and is published', async () => {
    const { node, store, clock, told } = keyWorld()
    const keys = node()
    const jwt = await issue(keys)
    const leaked = String(kidOf(jwt))
    const verifier = createJwtVerifier({ issuer: ISSUER, audience: RESOURCE, keys, clock })
    expect(await verifier.verify(jwt)).toMatchObject({ ok: true, kid: leaked })

    const info = await keys.revoke(leaked, { by, reason: 'in a log' })
    expect(info).toMatchObject({ kid: leaked, stage: 'gone', retiresAt: clock.now(), sealedWith: null })
    expect(await verifier.verify(jwt)).toEqual({ ok: false, reason: 'unknown_key' })
    const next = await kidNow(keys)
    expect(next).not.toBe(leaked)
    expect(await kidsOf(keys)).toEqual([next])
    expect(await keyRecords(store)).toMatchObject([{ stage: 'gone', sealed: null }, { stage: 'active' }])
    expect(told('key.revoked')).toMatchObject([{ about: leaked, by: { id: 'u_1' }, detail: { reason: 'in a log' } }])
    expect(await store.changes(0, 10)).toMatchObject({ changes: [{ kind: 'key', id: leaked, effect: 'ended' }] })
  })

  it('hands over to its announced successor before its time', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    const leaked = await kidNow(keys)
    const { kid, activeAt } = await keys.rotate({ by })
    await keys.revoke(leaked, { by })
    expect(await kidNow(keys)).toBe(kid)
    expect(await keys.list()).toMatchObject([{ stage: 'gone' }, { stage: 'active', activeAt: clock.now() }])
    expect(activeAt).toBeGreaterThan(clock.now())
    // And goes on as any other does.
    const { kid: third } = await keys.rotate({ by })
    clock.advance(LEAD)
    expect(await kidNow(keys)).toBe(third)
  })

  it('hands over to no older one', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    const first = await kidNow(keys)
    const { kid: second } = await keys.rotate({ by })
    clock.advance(LEAD)
    await keys.ready()
    await keys.revoke(second, { by })
    const third = await kidNow(keys)
    expect([first, second]).not.toContain(third)
    expect(await stages(keys)).toEqual(['retiring', 'gone', 'active'])
    expect(await kidsOf(keys)).toEqual([first, third])
  })

  it('may be one that retires, or is announced: the one that signs goes on', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    const first = await kidNow(keys)
    const { kid: second } = await keys.rotate({ by })
    await keys.revoke(second, { by })
    expect(await kidNow(keys)).toBe(first)
    const { kid: third } = await keys.rotate({ by })
    expect(await kidNow(keys)).toBe(first)
    clock.advance(LEAD)
    expect(await kidNow(keys)).toBe(third)
    await keys.revoke(first, { by })
    expect(await kidNow(keys)).toBe(third)
    expect(await kidsOf(keys)).toEqual([third])
    clock.advance('31d')
    await keys.ready()
    expect(await kidNow(keys)).toBe(third)
  })

  it('may have been announced while the clock of the store was ahead: the next rotation finds the end of the line', async () => {
    const { node, clock } = keyWorld()
    const keys = node()
    await keys.ready()
    const { kid: second } = await keys.rotate({ by })
    await keys.revoke(second, { by })
    clock.set(clock.now() - 3_600_000)
    const { kid: third } = await keys.rotate({ by })
    clock.advance('2h')
    await keys.ready()
    const { kid: fourth } = await keys.rotate({ by })
    expect(new Set([second, third, fourth]).size).toBe(3)
    clock.advance(LEAD)
    expect(await kidNow(keys)).toBe(fourth)
  })

  it('stays revoked when it is revoked again, and when it is no more; and is found by its id alone', async () => {
    const { node, clock, told, bare } = keyWorld()
    const keys = node()
    const leaked = await kidNow(keys)
    const info = await keys.revoke(leaked, { by })
    expect(await keys.revoke(leaked, { by: system, reason: 'again' })).toEqual(info)
    expect(told('key.revoked')).toHaveLength(1)
    expect(await codeOf(keys.revoke('nobody', { by }))).toBe('not_found')
    expect(await codeOf(keys.revoke(leaked, { by: undefined as never }))).toBe('invalid_input')
    expect(await codeOf(keys.revoke(leaked, { by, reason: 'x'.repeat(501) }))).toBe('invalid_input')
    clock.advance('30d')
    await bare.sweep(10)
    expect(await codeOf(keys.revoke(leaked, { by }))).toBe('not_found')
  })

  it('is felt by other processes within a minute, which then sign by the new one', async () => {
    const { node, clock } = keyWorld()
    const [keys, other] = [node(), node()]
    const jwt = await issue(other)
    await keys.revoke(String(kidOf(jwt)), { by })
    clock.advance(60_001)
    // It reads behind the back of those who ask.
    for (let turn = 0; turn < 10_000 && (await kidNow(other)) === kidOf(jwt); turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await kidNow(other)).toBe(await kidNow(keys))
    expect(await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys: other, clock })).toMatchObject({
      ok: false,
    })
  })

  it('R18 is not under a wrong sealing key, which makes no new one', async () => {
    const { node, store } = keyWorld()
    const leaked = await kidNow(node())
    const before = await keyRecords(store)
    expect(await codeOf(node({ sealWith: [OTHER_KEK] }).revoke(leaked, { by }))).toBe('key_unavailable')
    expect(await keyRecords(store)).toEqual(before)
  })

  it('is not known any more to this process by a read that began before', async () => {
    const { node, bare } = keyWorld()
    let hold: Promise<void> | undefined
    const store: TokenStore = around(bare, async (call, run) => {
      const answer = await run()
      if (call.method === 'list') await hold
      return answer
    })
    const keys = node({ store })
    const leaked = await kidNow(keys)
    let release = () => {}
    hold = new Promise((resolve) => {
      release = resolve
    })
    const early = keys.ready() // Reads, and is not answered yet.
    await new Promise((resolve) => setImmediate(resolve))
    hold = undefined
    await keys.revoke(leaked, { by })
    expect(await keys.find(leaked)).toBe('unknown_key')
    release()
    await early
    expect(await keys.find(leaked)).toBe('unknown_key')
  })
})

/** One that signs, and can: no token is signed by a key that is gone, and every token verifies at every node. */
async function judge(world: ReturnType<typeof keyWorld>, nodes: readonly ManagedKeys[]): Promise<void> {
  await Promise.all(nodes.map((keys) => keys.ready()))
  const list = await (nodes[0] as ManagedKeys).list()
  expect(list.filter(({ stage }) => stage === 'active')).toHaveLength(1)
  const jwts = await Promise.all(nodes.map(issue))
  expect(new Set(jwts.map(kidOf))).toEqual(new Set([list.find(({ stage }) => stage === 'active')?.kid]))
  for (const keys of nodes) {
    for (const jwt of jwts) {
      const checked = await verifyJwt(jwt, { issuer: ISSUER, audience: RESOURCE, keys, clock: world.clock })
      expect(checked).toMatchObject({ ok: true })
    }
  }
}

describe('revocations that race', () => {
  it.each([1, 2, 3, 4, 5])('R14 for one key end it once, and make one other (seed %i)', async (seed) => {
    const world = keyWorld({ wrap: (bare) => slowStore(bare, { seed, max: 4 }) })
    const nodes = Array.from({ length: 6 }, () => world.node())
    await Promise.all(nodes.map((keys) => keys.ready()))
    const leaked = await kidNow(nodes[0] as ManagedKeys)
    await Promise.all(nodes.map((keys) => keys.revoke(leaked, { by })))
    expect(world.told('key.revoked')).toHaveLength(1)
    expect(await keyRecords(world.bare)).toHaveLength(2)
    await judge(world, nodes)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'R14 with each other, rotations and sealings leave one that signs, and none that was revoked (seed %i)',
    async (seed) => {
      const world = keyWorld({ wrap: (bare) => slowStore(bare, { seed, max: 4 }) })
      const NEW_KEK = { id: '2027', key: new Uint8Array(32).fill(9) }
      const nodes = Array.from({ length: 4 }, () => world.node({ sealWith: [NEW_KEK, KEK] }))
      await world.node().ready()
      await Promise.all(nodes.map((keys) => keys.ready()))
      const revoked: string[] = []
      for (let round = 0; round < 4; round++) {
        const { kid: announced } = await (nodes[0] as ManagedKeys).rotate({ by })
        const live = (await (nodes[0] as ManagedKeys).list()).filter(({ stage }) => stage !== 'gone')
        const active = String(live.find(({ stage }) => stage === 'active')?.kid)
        await Promise.all(
          nodes.flatMap((keys, i) => [
            keys.revoke(i % 2 === 0 ? active : announced, { by }),
            keys.rotate({ by }).catch(() => {}),
            keys.reseal({ by }),
          ]),
        )
        revoked.push(active, announced)
        await judge(world, nodes)
        world.clock.advance(LEAD)
        await judge(world, nodes)
      }
      const list = await (nodes[0] as ManagedKeys).list()
      for (const { kid, stage } of list) if (revoked.includes(kid)) expect(stage).toBe('gone')
    },
  )
})

const POINTS: readonly FaultPoint[] = ['before', 'after', 'serialization', 'twice']
const FAULTS = POINTS.flatMap((point) => [1, 2, 3].map((nth) => [point, nth] as const))

describe('a fault at', () => {
  it.each(FAULTS)(
    'R16 "%s" of write %i of a revocation leaves one key that signs, and a repeat ends it',
    async (point, nth) => {
      const world = keyWorld()
      const other = world.node()
      const leaked = await kidNow(other)
      const keys = world.node({ store: faultyStore(world.bare, { fault: { point, method: 'write', nth } }) })
      expect(await codeOf(keys.revoke(leaked, { by }))).toMatch(/^(?:nothing|unavailable)$/)
      await judge(world, [other])
      expect(await codeOf(keys.revoke(leaked, { by }))).toBe('nothing')
      expect(await keyRecords(world.bare)).toHaveLength(2)
      await judge(world, [other, keys])
      expect(await kidNow(keys)).not.toBe(leaked)
    },
  )
})
