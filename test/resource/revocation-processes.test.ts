import { fileURLToPath } from 'node:url'
import { createAccounts, createTokens, defineCatalogue, system, user } from 'tokenloop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import type { Credentials, Felt, Outcome } from '../support/jobs/guards.js'
import { freshGround, shared } from '../support/places.js'
import { askAll, startWorkers, type Worker } from '../support/workers.js'

/*
 * How soon other processes feel a revocation on a real database. All clocks are those of one machine. What is demanded is the bound and
 * no speed: a check that begins so long after the revocation returned is refused, however slow the machine is.
 */

const MODULE = fileURLToPath(new URL('../support/jobs/guards.ts', import.meta.url))
const PROCESSES = 3
const BOUND = 1000
/** How many users are cut off on each database; hundreds in longer runs, which print what they measured. */
const ROUNDS = Number(process.env.REVOCATION_ROUNDS ?? 2)
/** Clocks tell whole milliseconds. */
const ROUNDING = 1

let workers: readonly Worker[]
beforeAll(async () => {
  workers = await startWorkers(PROCESSES, MODULE)
}, 120_000)
afterAll(() => Promise.all(workers.map((worker) => worker.kill())), 30_000)

const WAYS = ['cached', 'followRevocations'] as const
const at = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]

describe.each(shared)('a user who is cut off on %s', { timeout: 60_000 + ROUNDS * 10_000 }, (place) => {
  it('R27 is refused by all other processes within the bound, behind a cache and by the feed', async () => {
    const { ground, address } = await freshGround(place)
    await migrateGround(ground)
    const { schema, prefix } = ground.naming
    const store = sqlStore(ground.engine, { prefix, ...(schema !== undefined && { schema }) })
    const catalogue = defineCatalogue({ 'issues:read': { description: 'Read issues' } })
    const tokens = createTokens({ store, catalogue, prefix: 'cl' })
    const accounts = createAccounts({ store, catalogue })
    await askAll(workers, 'start', { address, bound: BOUND })
    const delays: number[][] = WAYS.map(() => [])

    for (let round = 0; round < ROUNDS; round++) {
      const subject = `u_${round}`
      const owner = user(subject)
      const { secret, token } = await tokens.issue({ by: system, owner, name: 'ci', scopes: ['issues:read'] })
      const ofGrant = {
        client: 'c_1',
        tenant: null,
        grant: 'g_1',
        authorization: null,
        epochs: [0, 0, 0, 0],
        boundTo: null,
      } as const
      const credentials: Credentials = {
        secret: secret.reveal(),
        token: { subject, key: 'k_1', issuedAt: token.createdAt, ...ofGrant },
      }
      const before = (await askAll<readonly Outcome[]>(workers, 'check', credentials)).flat()
      expect(before).not.toContain('refused')
      const watching = askAll<readonly Felt[]>(workers, 'watch', credentials)
      await accounts.cutOff(owner, { by: system })
      const returned = Date.now()
      for (const ways of await watching) {
        for (const [way, { accepted, refused }] of ways.entries()) {
          if (!Number.isNaN(accepted)) expect(accepted - returned, WAYS[way]).toBeLessThan(BOUND + ROUNDING)
          delays[way]?.push(Math.max(0, refused - returned))
        }
      }
    }
    await askAll(workers, 'stop')
    for (const [way, unsorted] of delays.entries()) {
      const sorted = unsorted.sort((a, b) => a - b)
      expect(sorted).toHaveLength(ROUNDS * PROCESSES)
      if (process.env.REVOCATION_ROUNDS !== undefined) {
        const figures = [0.5, 0.99, 1].map((part) => at(sorted, part))
        process.stdout.write(`${WAYS[way]}, bound ${BOUND} ms: p50, p99, max = ${figures.join(', ')} ms\n`)
      }
    }
  })
})
