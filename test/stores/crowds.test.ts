import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/store/sql/engine.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { pageThrough } from '../../src/testing/contract/lists.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { open, type Place } from '../support/engines.js'
import { freshGround, places, shared } from '../support/places.js'
import { alice, draft, world } from '../support/world.js'
import { crowd } from './crowd.js'
import { hostOn, servers } from './hosts.js'
import { watched } from './watched.js'

const BATCH = 250

/** Tables with a token that is kept for ever, and copies of it that are not. */
async function withTokens(place: Place, rows: number, own: Readonly<Record<string, string>>) {
  const { opened, address, ground } = await freshGround(place)
  await migrateGround(ground)
  const store = sqlStore(opened.engine, address.names)
  await store.write('token', 'template', 0, SAMPLES.token)
  await crowd(ground, 'token', rows, own)
  return { opened, address, ground, store }
}

describe.each(places)('many rows on %s', (place) => {
  it('R43 that have expired go in batches of 250 at the most, and a sweep that ended early goes on', async () => {
    const { store, ground } = await withTokens(place, 600, { keep_until: 'series.n' })
    await crowd(ground, 'token', 10, {
      id: ground.engine.dialect === 'mysql' ? `CONCAT('kept', series.n)` : `'kept' || series.n`,
      unique_key: 'NULL',
    })
    const removed: number[] = []
    for (let more = true; more; ) {
      const swept = await store.sweep(1_000_000)
      removed.push(swept.removed)
      more = swept.more
    }
    expect(removed).toEqual([BATCH, BATCH, 100])
    expect(await pageThrough(store, 'token', {}, 500)).toHaveLength(11)
  })

  it('I7 that ended with their owner go in batches too, once that is due', async () => {
    const { store, ground } = await withTokens(place, 600, { owner_id: `'u_2'` })
    await crowd(ground, 'token', 10, {
      id: ground.engine.dialect === 'mysql' ? `CONCAT('other', series.n)` : `'other' || series.n`,
      unique_key: 'NULL',
    })
    await store.write('account', 'user:u_2', 0, { ...SAMPLES.account, tokens: 4, keepUntil: 1 })
    const removed: number[] = []
    for (let more = true; more; ) {
      const swept = await store.sweep(1_000_000)
      removed.push(swept.removed)
      more = swept.more
    }
    expect(removed).toEqual([BATCH, BATCH, 101])
    expect(await pageThrough(store, 'token', {}, 500)).toHaveLength(11)
    expect((await store.get('account', 'user:u_2')).record).toMatchObject({ tokens: 4, keepUntil: null })
  })

  it('R43 are swept in turns: whoever sweeps batch after batch keeps nobody from the process', async () => {
    const { store } = await withTokens(place, 30, { keep_until: 'series.n' })
    let turns = 0
    setImmediate(() => turns++)
    for (const _ of [1, 2]) expect((await store.sweep(10)).removed).toBe(10)
    expect(turns).toBe(1)
  })

  it('R47 of one user are listed in pages, and all end by one write', async () => {
    const { opened, address, ground } = await freshGround(place)
    await migrateGround(ground)
    const { engine, asked } = watched(opened.engine)
    const { tokens } = await world((options) => sqlStore(engine, { ...address.names, ...options }))
    const issued = await tokens.issue(draft)
    await duplicate(engine, ground.naming.table('tokens'), issued.token.id)
    const rows = place === 'PGlite' ? 5_000 : 20_000
    await crowd(ground, 'token', rows, { unique_key: 'NULL' })

    const seen = new Set<string>()
    for (let cursor: string | undefined; ; ) {
      const page = await tokens.list({ owner: draft.owner, limit: 500, cursor })
      expect(page.items.length).toBeLessThanOrEqual(500)
      for (const { id } of page.items) seen.add(id)
      if (page.cursor === undefined) break
      cursor = page.cursor
    }
    expect(seen.size).toBe(rows + 2)

    asked.length = 0
    await tokens.revokeAll({ owner: draft.owner, by: alice })
    expect(asked.length).toBeLessThan(12)
    expect(await tokens.verify(issued.secret)).toMatchObject({ ok: false, reason: 'revoked' })
    const { items } = await tokens.list({ owner: draft.owner, limit: 500 })
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['revoked']))
  }, 120_000)
})

/** A row that `crowd` can copy. */
async function duplicate(engine: Engine, table: string, id: string): Promise<void> {
  const run = (text: string) => engine.run({ name: '', text }, [])
  const temporary = `CREATE TABLE ${table}_copy AS SELECT * FROM ${table} WHERE id = '${id}'`
  await run(temporary)
  await run(`UPDATE ${table}_copy SET id = 'template', unique_key = NULL`)
  await run(`INSERT INTO ${table} SELECT * FROM ${table}_copy`)
  await run(`DROP TABLE ${table}_copy`)
}

describe.each(shared)('several nodes on %s', (place) => {
  it('R43 sweep together, beside those who write: all goes that is due, and nothing else', async () => {
    const { address, store } = await withTokens(place, 3_000, {
      keep_until: `CASE WHEN series.n % 4 <> 0 THEN series.n END`,
    })
    const nodes = Array.from({ length: 4 }, () => open(address))
    const sweepAll = async (engine: Engine) => {
      const node = sqlStore(engine, address.names)
      let total = 0
      for (let idle = 0; idle < 3; ) {
        const { removed } = await node.sweep(50)
        total += removed
        idle = removed === 0 ? idle + 1 : 0
      }
      return total
    }
    const writing = async () => {
      for (let n = 4; n <= 200; n += 4) {
        expect(await store.write('token', `token_${n}`, 1, SAMPLES.token)).toBe('written')
      }
    }
    const [, ...totals] = await Promise.all([writing(), ...nodes.map(({ engine }) => sweepAll(engine))])
    await sweepAll(nodes[0]?.engine as Engine)
    expect(totals.reduce((sum, total) => sum + total)).toBeLessThanOrEqual(2_250)
    expect(await store.sweep(1)).toEqual({ removed: 0, more: false })
    expect(await pageThrough(store, 'token', {}, 500)).toHaveLength(751)
    for (const { close } of nodes) await close()
  }, 120_000)
})

describe.each(servers)('a sweep on %s', (server) => {
  it('R43 leaves out what another one holds, and waits for nobody', async () => {
    const host = await hostOn[server]()
    const store = host.open({ deadline: 5_000 })
    for (const n of [1, 2, 3, 4]) await store.write('token', `token_${n}`, 0, { ...SAMPLES.token, keepUntil: n })
    const other = await host.session()
    await other.ask('BEGIN')
    for (const n of [1, 3]) await other.ask(`SELECT 1 FROM ${host.table('tokens')} WHERE id = 'token_${n}' FOR UPDATE`)
    expect((await store.sweep(100)).removed).toBe(2)
    expect((await store.get('token', 'token_3')).version).toBe(1)
    expect(await store.sweep(100)).toEqual({ removed: 0, more: false })
    await other.ask('COMMIT')
    expect(await store.sweep(100)).toEqual({ removed: 2, more: false })
  })
})
