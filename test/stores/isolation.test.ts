import mysql from 'mysql2'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { mysqlDriver } from '../../src/store/sql/engines/mysql.js'
import { pgDriver } from '../../src/store/sql/engines/pg.js'
import { migrate } from '../../src/store/sql/migrate.js'
import { type Pool, pooledEngine } from '../../src/store/sql/pooled.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { races } from '../../src/testing/contract/races.js'
import { drop, freshNames, open, type Place } from '../support/engines.js'
import { places } from '../support/places.js'
import { urlOf } from '../support/reach.js'

const LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const
type Level = (typeof LEVELS)[number]

/** A pool of a host all of whose transactions have this level. */
type MakePool = (level: Level) => { readonly pool: Pool; readonly close: () => Promise<unknown> }

const POOLS: readonly { readonly place: Place; readonly make: MakePool }[] = [
  {
    place: 'PostgreSQL',
    make(level) {
      const options = `-c default_transaction_isolation=${level.toLowerCase().replace(' ', '\\ ')}`
      const pool = new pg.Pool({ connectionString: urlOf('PostgreSQL'), max: 8, options })
      return { pool: pgDriver(pool, true), close: () => pool.end() }
    },
  },
  {
    place: 'MariaDB',
    make(level) {
      const pool = mysql.createPool({ uri: urlOf('MariaDB'), connectionLimit: 8 })
      pool.on('connection', (connection) => connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`))
      return { pool: mysqlDriver(pool), close: () => pool.promise().end() }
    },
  },
]

const matrix = POOLS.filter(({ place }) => places.includes(place)).flatMap(({ place, make }) =>
  LEVELS.map((level) => ({ place, make, level })),
)

describe.each(matrix)('for a host at $level on $place', ({ place, make, level }) => {
  const names = freshNames(place)
  const { pool, close } = make(level)
  const store = sqlStore(pooledEngine(pool, { deadline: 10_000, maxWaiting: 10_000 }), names)

  beforeAll(() => migrate(store))
  afterAll(async () => {
    await close()
    const opened = open({ place })
    await drop(opened, names)
    await opened.close()
  })

  for (const { name, run } of races) it(`R34 ${name}`, () => run(() => store))
})
