import { fileURLToPath } from 'node:url'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyInfo } from '../../src/jwt/key-view.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { freshGround, shared } from '../support/places.js'
import { askAll, startWorker, startWorkers, type Worker } from '../support/workers.js'
import { kidOf, partOf } from './key-world.js'

/*
 * Processes that sign, on a real database. Resource servers keep the keys for ten minutes of injected time, and look at nothing else
 * meanwhile: no unknown key makes them fetch, so that a token of a key that they could not know is refused.
 */

const MODULE = fileURLToPath(new URL('../support/jobs/keys.ts', import.meta.url))
const START = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
/** How many processes are killed; hundreds in longer runs. */
const CYCLES = Number(process.env.KEY_KILL_CYCLES ?? 10)

let workers: readonly Worker[]

beforeAll(async () => {
  workers = await startWorkers(8, MODULE)
}, 120_000)

afterAll(() => Promise.all(workers.map((worker) => worker.kill())), 30_000)

async function fresh(place: (typeof shared)[number], count: number) {
  const { ground, address } = await freshGround(place)
  await migrateGround(ground)
  const nodes = workers.slice(0, count)
  await askAll(nodes, 'start', { address, now: START })
  return { address, nodes }
}

const publishedBy = async (worker: Worker, now: number): Promise<JSONWebKeySet> =>
  JSON.parse(await worker.ask<string>('jwks', { now }))

const kidsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid)

/** A resource server that knows what it fetched, for ten minutes. */
function resourceServer(fetch: (now: number) => Promise<JSONWebKeySet>, firstAt: number) {
  let until = firstAt
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  return async (jwt: string, now: number): Promise<string> => {
    if (keys === undefined || now >= until) {
      keys = createLocalJWKSet(await fetch(now))
      until = now + 10 * MINUTE
    }
    const options = { issuer: 'https://as.test', audience: 'https://rs.test/mcp', typ: 'at+jwt', algorithms: ['ES256'] }
    return jwtVerify(jwt, keys, { ...options, currentDate: new Date(now) }).then(
      () => 'accepted',
      (error: Error) => `${new Date(now).toISOString()}: ${error.message}`,
    )
  }
}

describe.each(shared)('processes on %s', (place) => {
  it('R17 make one first key, eight of them on empty tables', async () => {
    const { nodes } = await fresh(place, 8)
    await askAll(nodes, 'ready')
    const lists = await askAll<readonly KeyInfo[]>(nodes, 'list')
    expect(new Set(lists.map((list) => JSON.stringify(list))).size).toBe(1)
    expect(lists[0]).toMatchObject([{ stage: 'active' }])
  }, 60_000)

  it('R14 rotate, eight of them at once, to one key, which all of them publish before one of them signs with it', async () => {
    const { nodes } = await fresh(place, 8)
    await askAll(nodes, 'ready')
    for (const round of [1, 2]) {
      const before = START + (round - 1) * 20 * MINUTE
      const kids = await askAll<string>(nodes, 'rotate', {})
      expect(new Set(kids).size).toBe(1)
      for (const node of nodes) expect(kidsOf(await publishedBy(node, before))).toContain(kids[0])
      const jwts = (await askAll<string[]>(nodes, 'issue', { count: 2, now: before + 20 * MINUTE })).flat()
      expect(new Set(jwts.map(kidOf))).toEqual(new Set([kids[0]]))
    }
    const [list] = await askAll<readonly KeyInfo[]>(nodes, 'list')
    expect(list?.filter(({ stage }) => stage === 'active')).toHaveLength(1)
    expect(list).toHaveLength(3)
  }, 60_000)

  it('R14 four of them rotate under load: no valid token is refused, and none is signed by a key that is not published', async () => {
    const { nodes } = await fresh(place, 4)
    const servers = nodes.map((node, i) => resourceServer((now) => publishedBy(node, now), START + i * 3 * MINUTE))
    const living: { jwt: string; until: number }[] = []
    const used = new Set<unknown>()
    const refused: string[] = []
    for (let minute = 0; minute <= 180; minute += 3) {
      const now = START + minute * MINUTE
      const rotating = minute % 30 === 0 ? askAll(nodes, 'rotate', {}) : undefined
      const jwts = (await askAll<string[]>(nodes, 'issue', { count: 2, now })).flat()
      const published = await Promise.all(nodes.map((node) => publishedBy(node, now)))
      for (const jwt of jwts) {
        used.add(kidOf(jwt))
        living.push({ jwt, until: Number(partOf(jwt, 1).exp) * 1000 })
        expect(published.every((set) => kidsOf(set).includes(kidOf(jwt) as string))).toBe(true)
      }
      const alive = living.filter(({ until }) => until > now)
      const asked = [...alive.slice(0, 4), ...alive.slice(-8)]
      const outcomes = await Promise.all(servers.flatMap((verify) => asked.map(({ jwt }) => verify(jwt, now))))
      refused.push(...outcomes.filter((outcome) => outcome !== 'accepted'))
      await rotating
    }
    expect(refused).toEqual([])
    expect(used.size).toBeGreaterThan(4)
    const [list] = await askAll<readonly KeyInfo[]>(nodes, 'list')
    expect(list?.filter(({ stage }) => stage === 'active')).toHaveLength(1)
  }, 120_000)
})

describe.each(shared.slice(-1))('a process on %s', (place) => {
  it.each(['rotate', 'revoke'])(
    'R16 killed at whatever statement of a %s leaves one key that signs, and a rotation that gets there',
    async (job) => {
      const { nodes, address } = await fresh(place, 1)
      const [survivor] = nodes as [Worker]
      await survivor.ask('ready')
      let kills = 0
      let dieAfter = 1
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const now = START + cycle * 40 * MINUTE
        const [before] = await survivor.ask<string[]>('issue', { count: 1, now })
        const victim = await startWorker(MODULE)
        await victim.ask('start', { address, now })
        const died = await victim.ask(job, { dieAfter }).then(
          () => false,
          () => true,
        )
        await victim.kill()
        if (died) kills++
        // From the beginning again, once a process came through.
        dieAfter = died ? dieAfter + 1 : 1
        await survivor.ask('ready')
        const list = await survivor.ask<readonly KeyInfo[]>('list')
        const active = list.filter(({ stage }) => stage === 'active')
        expect(active).toHaveLength(1)
        if (!died && job === 'revoke') expect(active[0]?.kid).not.toBe(kidOf(String(before)))
        const kid = await survivor.ask<string>('rotate', {})
        const jwts = await survivor.ask<string[]>('issue', { count: 1, now: now + 20 * MINUTE })
        expect(jwts.map(kidOf)).toEqual([kid])
        expect(kidsOf(await publishedBy(survivor, now + 20 * MINUTE))).toContain(kid)
      }
      expect(kills).toBeGreaterThan(CYCLES / 2)
    },
    60_000 + CYCLES * 10_000,
  )
})
