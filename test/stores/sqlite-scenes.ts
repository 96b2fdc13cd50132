import { open, rm } from 'node:fs/promises'
import type { TokenStore } from 'tokenloop'
import { migrate, type SqliteDatabase, sqliteStore } from 'tokenloop/sqlite'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { answerOf, codeOf, draft, world } from '../support/world.js'
import { callAll } from './calls.js'
import { ended } from './ended.js'

/*
 * What happens to a store in a SQLite file, told as plain facts, so that it can be played by any driver and in any process.
 */

export interface OpenOptions {
  readonly readonly?: boolean
  /** How long the host waits for others, in milliseconds. */
  readonly timeout?: number
}

/** Opens a file as a host does with its driver. */
export type OpenFile = (file: string, options?: OpenOptions) => SqliteDatabase & { close(): unknown }

const budget = { name: 'n', limit: 1, every: null, refill: 1, cost: 1 }

const put = (store: TokenStore, id: string, more = {}) =>
  ended(
    store.write(
      'token',
      id,
      0,
      { ...SAMPLES.token, ...more },
      { event: { ...SAMPLE_EVENT, id: `e_${id}`, about: id } },
    ),
  )

const pragma = (db: SqliteDatabase, name: string) => {
  const [line = {}] = db.prepare(`PRAGMA ${name}`).all() as Record<string, unknown>[]
  return Number(Object.values(line)[0])
}

async function migrated(openFile: OpenFile, file: string, options?: OpenOptions) {
  const db = openFile(file, options)
  db.exec('PRAGMA journal_mode = WAL')
  const store = sqliteStore(db)
  await migrate(store)
  return { db, store }
}

/** Writes until some of it was refused: what was said to be written is there as a whole, and nothing else is. */
async function fill(store: TokenStore, writes: number) {
  const metadata = { text: 'x'.repeat(3000) }
  const outcomes: unknown[] = []
  for (let i = 0; i < writes; i++) outcomes.push(await put(store, `cl_${i}`, { metadata }))
  const wrong: number[] = []
  for (const [i, outcome] of outcomes.entries()) {
    const there = outcome === 'written' ? 1 : 0
    const { version } = await store.get('token', `cl_${i}`)
    const { items } = await store.list('event', { about: `cl_${i}` }, { limit: 5 })
    if (version !== there || items.length !== there) wrong.push(i)
  }
  return { outcomes: [...new Set(outcomes)].sort(), wrong }
}

export const SCENES = {
  async 'opened read-only'(openFile: OpenFile, file: string) {
    const { store } = await migrated(openFile, file)
    await put(store, 'cl_1')
    const reading = sqliteStore(openFile(file, { readonly: true }))
    return {
      write: await put(reading, 'cl_2'),
      spend: await ended(reading.spend('token', 'cl_1', [budget])),
      read: (await reading.getWith('token', 'cl_1')).version,
      unwritten: (await store.get('token', 'cl_2')).version,
    }
  },

  async 'as large as it may be'(openFile: OpenFile, file: string) {
    const { db, store } = await migrated(openFile, file)
    db.exec(`PRAGMA max_page_count = ${pragma(db, 'page_count') + 6}`)
    const filled = await fill(store, 20)
    db.exec('PRAGMA max_page_count = 1000000')
    return { ...filled, afterwards: await put(store, 'cl_100') }
  },

  /** `file` is on a disk with little room, part of which another file takes. */
  async 'on a full disk'(openFile: OpenFile, file: string) {
    const { store } = await migrated(openFile, file)
    await put(store, 'before')
    const other = `${file}.other`
    const ballast = await open(other, 'w')
    while (await ballast.write(Buffer.alloc(4096)).then(whole, () => false));
    await ballast.close()
    const filled = await fill(store, 60)
    const read = (await store.getWith('token', 'before')).version
    await rm(other)
    return { ...filled, read, afterwards: await put(store, 'cl_100') }
  },

  async 'with corrupt pages'(openFile: OpenFile, file: string) {
    const { db, store } = await migrated(openFile, file)
    const issued = await (await world(() => store)).tokens.issue(draft)
    const [pages, size] = [pragma(db, 'page_count'), pragma(db, 'page_size')]
    db.close()
    const bytes = await open(file, 'r+')
    for (let page = 1; page < pages; page++) await bytes.write(Buffer.alloc(size, 0xa5), 0, size, page * size)
    await bytes.close()
    const broken = await world(() => sqliteStore(openFile(file)))
    return {
      calls: [...new Set(await callAll(broken.bare, 'id'))],
      token: await answerOf(broken, issued.secret.reveal()),
      issue: await codeOf(broken.tokens.issue(draft)),
      told: broken.told('store.corrupt').length > 0,
    }
  },

  async 'that is no database'(openFile: OpenFile, file: string) {
    const { db } = await migrated(openFile, file)
    db.close()
    await rm(`${file}-wal`, { force: true })
    const bytes = await open(file, 'r+')
    await bytes.write(Buffer.alloc(1024, 0x20), 0, 1024, 0)
    await bytes.close()
    return ended(sqliteStore(openFile(file)).get('token', 'x'))
  },

  async 'that another connection writes to'(openFile: OpenFile, file: string) {
    const { store } = await migrated(openFile, file)
    await put(store, 'cl_1')
    const other = openFile(file)
    other.exec('BEGIN IMMEDIATE')
    const write = await put(store, 'cl_2')
    const read = (await store.getWith('token', 'cl_1')).version
    const waiting = put(store, 'cl_3')
    other.exec('ROLLBACK')
    return { write, read, waited: await waiting, unwritten: (await store.get('token', 'cl_2')).version }
  },

  async "within the host's transaction"(openFile: OpenFile, file: string) {
    const { db, store } = await migrated(openFile, file, { timeout: 1234 })
    db.exec('CREATE TABLE own (a)')
    db.exec('BEGIN')
    db.exec('INSERT INTO own VALUES (1)')
    const meanwhile = [...new Set(await callAll(store, 'id'))]
    const waiting = put(store, 'cl_1')
    db.exec('ROLLBACK')
    return {
      meanwhile,
      waited: await waiting,
      version: (await store.get('token', 'cl_1')).version,
      own: db.prepare('SELECT * FROM own').all().length,
      patience: pragma(db, 'busy_timeout'),
    }
  },

  async 'called by a transaction that is undone'(openFile: OpenFile, file: string) {
    const { db, store } = await migrated(openFile, file)
    db.exec('BEGIN')
    const called = put(store, 'cl_1')
    db.exec('ROLLBACK')
    return { called: await called, version: (await store.get('token', 'cl_1')).version }
  },
} as const

const whole = () => true

export type Scene = keyof typeof SCENES
export type Facts<S extends Scene> = Awaited<ReturnType<(typeof SCENES)[S]>>

/** Plays a scene, and closes whatever it opened. */
export async function play<S extends Scene>(scene: S, openFile: OpenFile, file: string): Promise<Facts<S>> {
  const opened: ReturnType<OpenFile>[] = []
  const opening: OpenFile = (...args) => {
    const db = openFile(...args)
    opened.push(db)
    return db
  }
  try {
    return (await SCENES[scene](opening, file)) as Facts<S>
  } finally {
    for (const db of opened) closed(db)
  }
}

function closed(db: ReturnType<OpenFile>): void {
  try {
    db.close()
  } catch {
    // The scene has closed it.
  }
}
