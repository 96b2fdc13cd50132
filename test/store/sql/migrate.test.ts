import { fileURLToPath } from 'node:url'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../src/store/sql/checked.js'
import type { Dialect } from '../../../src/store/sql/engine.js'
import type { Ground } from '../../../src/store/sql/ground.js'
import { migrate, migrateGround } from '../../../src/store/sql/migrate.js'
import { fullDdl, MIGRATIONS } from '../../../src/store/sql/migrations.js'
import { createNaming, type Naming } from '../../../src/store/sql/naming.js'
import { stateOf } from '../../../src/store/sql/state.js'
import { sqlStore } from '../../../src/store/sql/store.js'
import { TABLES } from '../../../src/store/sql/tables.js'
import { trusted } from '../../../src/store/trust.js'
import { SAMPLES } from '../../../src/testing/contract/samples.js'
import { hostOn, servers, until } from '../../stores/hosts.js'
import type { Migrated, MigrateTask } from '../../support/jobs/migrate.js'
import { freshGround, places, shared } from '../../support/places.js'
import { urlOf } from '../../support/reach.js'
import { startWorker, startWorkers, type WorkerFault } from '../../support/workers.js'
import { codeOf } from '../../support/world.js'

const FIRST = ['the first tables']
const JOBS = fileURLToPath(new URL('../../support/jobs/migrate.ts', import.meta.url))

/** How often nodes race for an empty database; more in longer runs. */
const ROUNDS = Number(process.env.MIGRATION_ROUNDS ?? 3)

/** Every how many statements a node is killed; 1 in longer runs. */
const STEP = Number(process.env.MIGRATION_STEP ?? 8)

const SAMPLE = SAMPLES.account

const storeOn = ({ engine, naming: { schema, prefix } }: Ground) =>
  sqlStore(engine, { prefix, ...(schema !== undefined && { schema }) })

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

/** What somebody may do to a schema by hand, and what the store lacks then; `mends` where `migrate` brings it back. */
const HARM: readonly {
  readonly harm: string
  readonly mends: (dialect: Dialect) => boolean
  readonly lacks: string
  readonly by: (naming: Naming, dialect: Dialect) => readonly string[]
}[] = [
  {
    harm: 'a table that was dropped',
    mends: () => true,
    lacks: 'tokens.id',
    by: (naming) => [`DROP TABLE ${naming.table('tokens')}`],
  },
  {
    harm: 'an index that was dropped',
    // MySQL makes an index with its table alone.
    mends: (dialect) => dialect !== 'mysql',
    lacks: 'tokens_by_tenant',
    by: ({ schema, prefix, table }, dialect) => [
      dialect === 'mysql'
        ? `DROP INDEX ${prefix}tokens_by_tenant ON ${table('tokens')}`
        : `DROP INDEX ${schema === undefined ? '' : `${schema}.`}${prefix}tokens_by_tenant`,
    ],
  },
  {
    harm: 'an index whose making was broken off',
    // Others leave nothing behind.
    mends: (dialect) => dialect !== 'mysql',
    lacks: 'tokens_by_tenant',
    by: ({ schema, prefix }, dialect) => {
      const index = `${prefix}tokens_by_tenant`
      return dialect === 'postgres'
        ? [`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${schema ?? 'public'}.${index}'::regclass`]
        : [dialect === 'mysql' ? `DROP INDEX ${index} ON ${prefix}tokens` : `DROP INDEX ${index}`]
    },
  },
  {
    harm: 'a column that was dropped',
    mends: () => false,
    lacks: 'events.at',
    by: ({ table }) => [`ALTER TABLE ${table('events')} DROP COLUMN at`],
  },
  {
    harm: 'a migration whose note is gone',
    mends: () => true,
    lacks: 'migration 1',
    by: ({ table }) => [`DELETE FROM ${table('migrations')}`],
  },
  {
    harm: 'a feed that was emptied',
    mends: () => true,
    lacks: 'feed#floor',
    by: ({ table }) => [`DELETE FROM ${table('feed')}`],
  },
  {
    harm: 'notes that are gone altogether',
    mends: () => true,
    lacks: 'migration 1',
    by: ({ table }) => [`DROP TABLE ${table('migrations')}`],
  },
  {
    harm: 'a migration that did other things',
    mends: () => false,
    lacks: 'migration 1 was applied with other statements',
    by: ({ table }) => [`UPDATE ${table('migrations')} SET checksum = 'of others'`],
  },
]

describe.each(places)('a schema on %s', (place) => {
  it.each(HARM)('R38 with $harm is schema_incomplete, before anything is written', async ({ by, lacks, mends }) => {
    const { ground, opened } = await freshGround(place)
    await migrateGround(ground)
    for (const text of by(ground.naming, ground.engine.dialect)) await opened.query(text)
    const store = storeOn(ground)
    const writing = store.write('account', 'user:u', 0, SAMPLE)
    await expect(writing).rejects.toMatchObject({ code: 'schema_incomplete' })
    await expect(writing).rejects.toThrow(/npx tokenloop migrate/)
    await expect(writing).rejects.toThrow(lacks)
    expect(await opened.query(`SELECT id FROM ${ground.naming.table('accounts')}`)).toEqual([])

    const isMended = mends(ground.engine.dialect)
    expect(await codeOf(migrateGround(ground))).toBe(isMended ? 'nothing' : 'schema_incomplete')
    if (isMended) expect(await store.write('account', 'user:u', 0, SAMPLE)).toBe('written')
  })

  it.each([
    ['was emptied', ''],
    ['lost its end', " WHERE name = 'last'"],
    ['lost its beginning', " WHERE name = 'floor'"],
  ])(
    'R38 whose feed %s under a node does not say that nothing has changed, and goes on once it is migrated',
    async (_, which) => {
      const { ground, opened } = await freshGround(place)
      await migrateGround(ground)
      const store = storeOn(ground)
      const change = { effect: 'ended', status: 'deleted', epochs: {} } as const
      expect(await store.write('account', 'user:u', 0, SAMPLE, { change })).toBe('written')
      await opened.query(`DELETE FROM ${ground.naming.table('feed')}${which}`)
      expect(await codeOf(store.changes(1, 10))).toBe('store_corrupt')
      expect(await store.write('account', 'user:v', 0, SAMPLE, { change })).toBe('written')
      await migrateGround(ground)
      // Whoever knows of the first change does not know of the second one, and starts over.
      expect(await store.changes(0, 10)).toEqual({ changes: [], cursor: 2, reset: true })
      expect(await store.changes(1, 10)).toEqual({ changes: [], cursor: 2, reset: true })
      expect(await store.changes(2, 10)).toEqual({ changes: [], cursor: 2, reset: false })
      expect(await store.write('account', 'user:w', 0, SAMPLE, { change })).toBe('written')
      expect((await store.changes(2, 10)).changes).toMatchObject([{ number: 3, id: 'user:w' }])
    },
  )

  it('R39 of a newer version is schema_too_new, and neither read nor written nor migrated', async () => {
    const { ground, opened } = await freshGround(place)
    await migrateGround(ground)
    await opened.query(`INSERT INTO ${ground.naming.table('migrations')} VALUES (2, 'of tomorrow', 'unknown')`)
    const store = storeOn(ground)
    expect(await codeOf(store.write('account', 'user:u', 0, SAMPLE))).toBe('schema_too_new')
    expect(await codeOf(store.get('account', 'user:u'))).toBe('schema_too_new')
    await expect(migrateGround(ground)).rejects.toThrow(/schema_too_new|migration 2.*npx tokenloop migrate/)
    expect(await opened.query(`SELECT id FROM ${ground.naming.table('accounts')}`)).toEqual([])
  })

  it('R41 of a newer version, under a node that runs on: what it does not know fails closed, row by row', async () => {
    const { ground, opened } = await freshGround(place)
    await migrateGround(ground)
    const store = trusted(storeOn(ground), () => {})
    for (const id of ['user:old', 'user:new']) await store.write('account', id, 0, { ...SAMPLE, type: 'user' })
    await opened.query(`INSERT INTO ${ground.naming.table('migrations')} VALUES (2, 'of tomorrow', 'unknown')`)
    await opened.query(`UPDATE ${ground.naming.table('accounts')} SET status = 'hibernating' WHERE id = 'user:new'`)
    expect((await store.get('account', 'user:old')).record).toEqual(SAMPLE)
    expect(await codeOf(store.get('account', 'user:new'))).toBe('store_corrupt')
    expect((await store.list('account', {}, { limit: 10 })).items.map(({ id }) => id)).toEqual(['user:old'])
  })
})

/** Opens a transaction that writes to a table, as the foreground does, and does not end before it is told to. */
const HOLD: { readonly [P in 'PostgreSQL' | 'MariaDB']: (tables: readonly string[]) => Promise<() => Promise<void>> } =
  {
    async PostgreSQL(tables) {
      const client = new pg.Client(urlOf('PostgreSQL'))
      await client.connect()
      await client.query('BEGIN')
      for (const table of tables) await client.query(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`)
      return () => client.end()
    },
    async MariaDB(tables) {
      const connection = await mysql.createConnection(urlOf('MariaDB'))
      await connection.query('BEGIN')
      for (const table of tables) await connection.query(`SELECT * FROM ${table} LIMIT 1 FOR UPDATE`)
      return () => connection.end()
    },
  }

describe.each(shared.filter((place) => place !== 'SQLite'))(
  'migrate on %s, while every table is written to,',
  (place) => {
    it('R42 waits for no lock where the schema is up to date, however many rows there are', async () => {
      const { ground } = await freshGround(place)
      await migrateGround(ground)
      const release = await HOLD[place as 'PostgreSQL' | 'MariaDB'](TABLES.map(({ name }) => ground.naming.table(name)))
      try {
        expect(await migrateGround(ground)).toEqual([])
      } finally {
        await release()
      }
    })
  },
)

describe.each(servers.filter((server) => server === 'PostgreSQL'))('migrate on %s', (server) => {
  it('R42 makes an index that was lost while others write: they wait neither for it nor for whom it waits for', async () => {
    const host = await hostOn[server]()
    const store = host.open()
    const other = await host.session()
    await store.write('account', 'user:u', 0, SAMPLE)
    await other.ask(`DROP INDEX ${host.table('accounts_by_tenant')}`)
    await other.ask('BEGIN')
    await other.ask(`UPDATE ${host.table('accounts')} SET version = version WHERE id = 'user:u'`)
    const migrating = migrate(host.open())
    await until(() => host.isWaiting())
    expect(await store.write('account', 'user:v', 0, SAMPLE)).toBe('written')
    await other.ask('COMMIT')
    expect(await migrating).toEqual([])
    expect(await codeOf(host.open().get('account', 'user:u'))).toBe('nothing')
  })

  it('R36 makes an index that was lost, whichever node it is, if many start at once: none fails', async () => {
    const host = await hostOn[server]()
    await host.open().write('account', 'user:u', 0, SAMPLE)
    const other = await host.session()
    await other.ask(`DROP INDEX ${host.table('accounts_by_tenant')}`)
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => codeOf(migrate(host.open()))))
    expect(outcomes).toEqual(Array(4).fill('nothing'))
  })

  it('R37 leaves nothing of a mending that was broken off: an index of no use would be written to ever after', async () => {
    const host = await hostOn[server]()
    await host.open().write('account', 'user:u', 0, SAMPLE)
    const [other, another] = [await host.session(), await host.session()]
    const index = host.table('accounts_by_tenant')
    const isBroken = `NOT indisvalid AND indrelid = '${host.table('accounts')}'::regclass`
    await other.ask(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${index}'::regclass`)
    await other.ask('BEGIN')
    await other.ask(`UPDATE ${host.table('accounts')} SET version = version WHERE id = 'user:u'`)
    await another.ask('SET statement_timeout = 200')
    for (const _ of [1, 2]) await another.ask(`REINDEX INDEX CONCURRENTLY ${index}`).catch(() => {})
    await other.ask('COMMIT')
    expect(await other.ask(`SELECT count(*)::int AS n FROM pg_index WHERE ${isBroken}`)).toMatchObject([{ n: 3 }])
    expect(await migrate(host.open())).toEqual([])
    expect(await other.ask(`SELECT count(*)::int AS n FROM pg_index WHERE ${isBroken}`)).toMatchObject([{ n: 0 }])
  })
})

/** What holds those who write up for as long as it takes to go through a table. */
const LONG = {
  postgres: /CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)|SET NOT NULL|\bTYPE\b|DEFAULT/,
  mysql: /^(ALTER TABLE|CREATE (UNIQUE )?INDEX)(?!.*LOCK=NONE)/s,
} as const

describe.each(['postgres', 'mysql'] as const)('R42 no migration after the first, on %s,', (dialect) => {
  it('holds those who write up for as long as it takes to go through a table', () => {
    expect(LONG[dialect].test('CREATE INDEX accounts_by_name ON accounts (name)')).toBe(true)
    const naming = createNaming(dialect)
    const later = MIGRATIONS.slice(1).flatMap(({ statements }) => statements(dialect, naming))
    expect(later.filter((text) => LONG[dialect].test(text))).toEqual([])
  })
})

describe.each(shared)('nodes that start on %s', (place) => {
  it('R37 may be killed after any statement: the next one finishes', { timeout: 300_000 }, async () => {
    let dieAfter = 1
    for (let killed = true; killed; dieAfter += STEP) {
      const { ground, address } = await freshGround(place)
      const worker = await startWorker(JOBS)
      const task: MigrateTask = { address, dieAfter }
      killed = await worker.ask('migrate', task).then(
        () => false,
        (fault: WorkerFault) => fault.code === 'killed',
      )
      const state = await stateOf(ground)
      expect(['ready', 'missing', 'incomplete']).toContain(state.state)
      if (ground.engine.dialect !== 'mysql') expect(state.state).not.toBe('incomplete')
      await migrateGround(ground)
      expect(await stateOf(ground)).toEqual({ state: 'ready' })
      await worker.kill()
    }
    expect(dieAfter).toBeGreaterThan(10)
  })

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
