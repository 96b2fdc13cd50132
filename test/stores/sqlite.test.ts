import { open, rm } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { migrate, sqliteStore } from 'tokenloop/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { freshFile } from '../support/engines.js'
import { answerOf, codeOf, draft, world } from '../support/world.js'
import { callAll } from './calls.js'
import { ended } from './hosts.js'

async function freshDatabase(options?: Database.Options) {
  const { file, remove } = await freshFile()
  const opened: Database.Database[] = []
  const connect = (more?: Database.Options) => {
    const db = new Database(file, { ...options, ...more })
    opened.push(db)
    return db
  }
  onTestFinished(async () => {
    for (const db of opened) db.close()
    await remove()
  })
  const db = connect()
  db.pragma('journal_mode = WAL')
  const store = sqliteStore(db)
  await migrate(store)
  return { db, store, file, connect }
}

const put = (store: ReturnType<typeof sqliteStore>, id: string, more = {}) =>
  ended(
    store.write(
      'token',
      id,
      0,
      { ...SAMPLES.token, ...more },
      { event: { ...SAMPLE_EVENT, id: `e_${id}`, about: id } },
    ),
  )

describe('R61 a SQLite file', () => {
  it('that is read-only is unavailable to whoever would change something, and still answers', async () => {
    const { store, connect } = await freshDatabase()
    await put(store, 'cl_1')
    const reading = sqliteStore(connect({ readonly: true }))
    expect(await put(reading, 'cl_2')).toBe('unavailable')
    expect(
      await ended(reading.spend('token', 'cl_1', [{ name: 'n', limit: 1, every: null, refill: 1, cost: 1 }])),
    ).toBe('unavailable')
    expect((await reading.getWith('token', 'cl_1')).version).toBe(1)
    expect((await store.get('token', 'cl_2')).version).toBe(0)
  })

  it('that is full takes a write as a whole or not at all, and goes on once there is room', async () => {
    const { db, store } = await freshDatabase()
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 6}`)
    const metadata = { text: 'x'.repeat(3000) }
    const outcomes: unknown[] = []
    for (let i = 0; i < 20; i++) outcomes.push(await put(store, `cl_${i}`, { metadata }))
    expect(new Set(outcomes)).toEqual(new Set(['written', 'unavailable']))
    for (const [i, outcome] of outcomes.entries()) {
      const there = outcome === 'written' ? 1 : 0
      expect((await store.get('token', `cl_${i}`)).version).toBe(there)
      expect((await store.list('event', { about: `cl_${i}` }, { limit: 5 })).items.length).toBe(there)
    }
    db.pragma('max_page_count = 1000000')
    expect(await put(store, 'cl_100', { metadata })).toBe('written')
  })

  it('that has a corrupt page is told as such, and grants nothing', async () => {
    const { db, store, file, connect } = await freshDatabase()
    const setting = await world(() => store)
    const issued = await setting.tokens.issue(draft)
    const pages = Number(db.pragma('page_count', { simple: true }))
    const size = Number(db.pragma('page_size', { simple: true }))
    db.close()
    const bytes = await open(file, 'r+')
    for (let page = 1; page < pages; page++) await bytes.write(Buffer.alloc(size, 0xa5), 0, size, page * size)
    await bytes.close()
    const broken = await world(() => sqliteStore(connect()))
    expect(new Set(await callAll(broken.bare, 'id'))).toEqual(new Set(['store_corrupt']))
    expect(await answerOf(broken, issued.secret.reveal())).toBe('unavailable')
    expect(await codeOf(broken.tokens.issue(draft))).toBe('store_corrupt')
    expect(broken.told('store.corrupt').length).toBeGreaterThan(0)
  })

  it('that is none is told as such', async () => {
    const { db, file, connect } = await freshDatabase()
    db.close()
    await rm(`${file}-wal`, { force: true })
    const bytes = await open(file, 'r+')
    await bytes.write(Buffer.alloc(1024, 0x20), 0, 1024, 0)
    await bytes.close()
    expect(await ended(sqliteStore(connect()).get('token', 'x'))).toBe('store_corrupt')
  })
})

describe('a SQLite file', () => {
  it('R7 that another connection writes to is unavailable for writes after a while, and answers meanwhile', async () => {
    const { store, connect } = await freshDatabase()
    await put(store, 'cl_1')
    const other = connect()
    other.exec('BEGIN IMMEDIATE')
    expect(await put(store, 'cl_2')).toBe('unavailable')
    expect((await store.getWith('token', 'cl_1')).version).toBe(1)
    const meanwhile = put(store, 'cl_3')
    other.exec('ROLLBACK')
    expect(await meanwhile).toBe('written')
    expect((await store.get('token', 'cl_2')).version).toBe(0)
  })

  it('R33 takes no part in a transaction that the host has open on the same connection', async () => {
    const { db, store } = await freshDatabase({ timeout: 1234 })
    db.exec('CREATE TABLE own (a)')
    db.exec('BEGIN')
    db.exec('INSERT INTO own VALUES (1)')
    expect(await callAll(store, 'id')).toEqual((await callAll(store, 'id')).map(() => 'unavailable'))
    const waiting = put(store, 'cl_1')
    db.exec('ROLLBACK')
    expect(await waiting).toBe('written')
    expect((await store.get('token', 'cl_1')).version).toBe(1)
    expect(db.prepare('SELECT * FROM own').all()).toEqual([])
    expect(db.pragma('busy_timeout', { simple: true })).toBe(1234)
  })

  it('R33 takes no part in a transaction that calls it either', async () => {
    const { db, store } = await freshDatabase()
    const calls: Promise<unknown>[] = []
    const transaction = db.transaction(() => {
      calls.push(put(store, 'cl_1'))
      throw new Error('undo')
    })
    expect(transaction).toThrow('undo')
    expect(await calls[0]).toBe('written')
    expect((await store.get('token', 'cl_1')).version).toBe(1)
  })

  it('is opened by a driver that can tell of transactions, or not at all', async () => {
    const old = { prepare: () => ({ all: () => [], run: () => ({ changes: 0 }), columns: () => [] }), exec: () => {} }
    expect(() => sqliteStore(old)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
