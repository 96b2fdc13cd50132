import mysql from 'mysql2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mysqlDriver } from '../../src/store/sql/engines/mysql.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { pooledEngine } from '../../src/store/sql/pooled.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { MOST_KEY_BYTES } from '../../src/store/sql/tables.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { freshGround, places } from '../support/places.js'
import { urlOf } from '../support/reach.js'
import { codeOf } from '../support/world.js'

const HOUR = 3_600_000

/** Settings of a session of MySQL under which it cuts texts and moves times. */
const SETTINGS = [
  `sql_mode = ''`,
  `sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES'`,
  `time_zone = '+13:00'`,
  `time_zone = '-11:30'`,
  `collation_connection = 'utf8mb4_general_ci'`,
] as const

describe.each(places.filter((place) => place === 'MariaDB'))(
  'a store on %s for a host whose sessions have',
  (place) => {
    it.each(SETTINGS)('R51 R64 %s', async (setting) => {
      const { address, ground } = await freshGround(place)
      await migrateGround(ground)
      const pool = mysql.createPool({ uri: urlOf(place as 'MariaDB'), connectionLimit: 1 })
      pool.on('connection', (connection) => connection.query(`SET SESSION ${setting}`))
      onTestFinished(() => pool.promise().end())
      const store = sqlStore(pooledEngine(mysqlDriver(pool), { deadline: 10_000, maxWaiting: 10 }), address.names)
      const other = sqlStore(ground.engine, address.names)

      const [here, there] = [await store.get('token', 'none'), await other.get('token', 'none')]
      expect(Math.abs(here.now - there.now)).toBeLessThan(HOUR / 4)
      expect(Math.abs(here.now - Date.now())).toBeLessThan(HOUR / 4)

      const id = 'x'.repeat(MOST_KEY_BYTES)
      const scopes = Array.from({ length: 1_000 }, (_, n) => `scope:\\${n}'"\u{1f600}`.padEnd(100, 'é'))
      const record = { ...SAMPLES.token, scopes, name: 'é'.repeat(1_000), tenant: id, unique: id }
      expect(await store.write('token', id, 0, record)).toBe('written')
      for (const reader of [store, other]) {
        expect((await reader.getWith('token', id)).record).toEqual(record)
        expect((await reader.list('token', { tenant: id }, { limit: 2 })).items[0]?.record).toEqual(record)
      }
      expect(await codeOf(store.write('token', `${id}x`, 0, record))).toBe('invalid_input')
      expect(await codeOf(store.write('token', 'y', 0, { ...record, tenant: `${id}x`, unique: null }))).toBe(
        'invalid_input',
      )
      expect(await store.write('token', 'z', 0, record)).toBe('duplicate')
      const budgets = [{ name: `a'\\"é`, limit: 1, every: null, refill: 1, cost: 1 }]
      expect([(await store.spend('token', id, budgets)).ok, (await store.spend('token', id, budgets)).ok]).toEqual([
        true,
        false,
      ])
    })
  },
)
