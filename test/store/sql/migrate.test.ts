import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../src/store/sql/checked.js'
import type { Ground } from '../../../src/store/sql/ground.js'
import { migrateGround } from '../../../src/store/sql/migrate.js'
import { fullDdl } from '../../../src/store/sql/migrations.js'
import { stateOf } from '../../../src/store/sql/state.js'
import type { Migrated, MigrateTask } from '../../support/jobs/migrate.js'
import { freshGround, places, shared } from '../../support/places.js'
import { startWorkers } from '../../support/workers.js'
import { codeOf } from '../../support/world.js'

const FIRST = ['the first tables']
const JOBS = fileURLToPath(new URL('../../support/jobs/migrate.ts', import.meta.url))

/** How often nodes race for an empty database; more in longer runs. */
const ROUNDS = Number(process.env.MIGRATION_ROUNDS ?? 5)

/** The code of what a store says before its first statement. */
const refusal = (ground: Ground) => codeOf(checked(ground).run({ name: '', text: 'not even SQL' }, []))

describe.each(places)('migrate on %s', (place) => {
  it('makes everything in an empty database, once', async () => {
    const { ground } = await freshGround(place)
    expect(await refusal(ground)).toBe('schema_missing')
    expect(await migrateGround(ground)).toEqual(FIRST)
    expect(await stateOf(ground)).toEqual({ state: 'ready' })
    expect(await migrateGround(ground)).toEqual([])
  })

  it('makes what the printed schema makes by hand, which may run again', async () => {
    const { ground, opened } = await freshGround(place)
    const byHand = fullDdl(ground.engine.dialect, ground.naming)
    for (const statement of [...byHand, ...byHand]) await opened.query(statement)
    expect(await stateOf(ground)).toEqual({ state: 'ready' })
    expect(await migrateGround(ground)).toEqual([])
  })
})

describe.each(shared)('nodes that start on %s', (place) => {
  it('R36 may all migrate at once: none fails, and the tables are made once', async () => {
    const workers = await startWorkers(4, JOBS)
    for (let round = 0; round < ROUNDS; round++) {
      const { ground, address, opened } = await freshGround(place)
      const task: MigrateTask = { address }
      const all = await Promise.all(workers.map((worker) => worker.ask<Migrated>('migrate', task)))
      expect(all.flatMap(({ done }) => done).length).toBeGreaterThan(0)
      expect(await stateOf(ground)).toEqual({ state: 'ready' })
      const notes = await opened.query(`SELECT number FROM ${ground.naming.table('migrations')}`)
      expect(notes).toEqual([{ number: 1 }])
    }
    for (const worker of workers) await worker.kill()
  })
})
