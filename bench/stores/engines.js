import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
import pg from 'pg'
import { migrate as migrateMysql, mysqlStore } from '../../dist/mysql.js'
import { migrate as migratePostgres, postgresStore } from '../../dist/postgres.js'
import { migrate as migrateSqlite, sqliteStore } from '../../dist/sqlite.js'

/*
 * The databases, each with a place of its own in it that is there for the run alone: `make` makes it and says where it is, `open`
 * connects to it, and `drop` leaves nothing behind. A connection has:
 *
 * - `ask(text)`: any statement, and its rows
 * - `prepare(text)`: a bare prepared statement, called with its values; it says how many rows it answered with, or changed
 * - `store`, and `migrate` for it; and `database`, as better-auth takes it; all over the same pool
 * - `settle()`: lets the database look at what was loaded, as it does by itself in time
 * - `counting()`: counts the statements that the driver is given from now on; what it returns tells how many
 */

const PLACE = process.env.PLACE || 'tokenloop_bench'
const PREFIX = 'tokenloop_'
/** Connections of a pool; one call at a time needs no more than one, or two inside a transaction of a peer. */
const SIZE = 4

/** Counts the calls of methods of a class from now on. */
function counting(prototype, ...names) {
  let count = 0
  const methods = names.map((name) => [name, prototype[name]])
  for (const [name, method] of methods) {
    prototype[name] = function (...args) {
      count++
      return method.apply(this, args)
    }
  }
  return () => {
    for (const [name, method] of methods) prototype[name] = method
    return count
  }
}

const SQLite = {
  quote: (name) => `"${name}"`,
  placeholder: () => '?',
  make: async () => join(mkdtempSync(join(tmpdir(), PLACE)), 'bench.db'),
  drop: async (place) => rmSync(dirname(place), { recursive: true, force: true }),
  async open(place) {
    const db = new Database(place)
    db.pragma('journal_mode = WAL')
    return {
      database: db,
      store: sqliteStore(db, { prefix: PREFIX }),
      migrate: migrateSqlite,
      async ask(text) {
        const statement = db.prepare(text)
        return statement.reader ? statement.all() : statement.run()
      },
      prepare(text) {
        const statement = db.prepare(text)
        if (!statement.reader) return (values) => statement.run(values).changes
        return (values) => (statement.get(values) === undefined ? 0 : 1)
      },
      counting() {
        const ofStatements = counting(Object.getPrototypeOf(db.prepare('SELECT 1')), 'all', 'get', 'run', 'iterate')
        const ofDatabase = counting(Object.getPrototypeOf(db), 'exec')
        return () => ofStatements() + ofDatabase()
      },
      settle: async () => db.exec('ANALYZE'),
      close: async () => db.close(),
    }
  },
}

const POSTGRES = process.env.TEST_POSTGRES_URL || 'postgres://postgres@127.0.0.1:5432/test'

async function atPostgres(text) {
  const client = new pg.Client({ connectionString: POSTGRES })
  await client.connect()
  await client.query(text)
  await client.end()
}

const PostgreSQL = {
  quote: (name) => `"${name}"`,
  placeholder: (i) => `$${i + 1}`,
  async make() {
    await atPostgres(`DROP SCHEMA IF EXISTS ${PLACE} CASCADE; CREATE SCHEMA ${PLACE}`)
    return PLACE
  },
  drop: (place) => atPostgres(`DROP SCHEMA ${place} CASCADE`),
  async open(place) {
    const pool = new pg.Pool({ connectionString: POSTGRES, max: SIZE, options: `-c search_path=${place}` })
    return {
      database: pool,
      store: postgresStore(pool, { schema: place, prefix: PREFIX }),
      migrate: migratePostgres,
      ask: async (text) => (await pool.query(text)).rows,
      prepare: (text) => {
        const name = `bare ${text.slice(0, 40)}`
        return async (values) => (await pool.query({ name, text, values })).rowCount
      },
      counting: () => counting(pg.Client.prototype, 'query'),
      settle: () => pool.query('VACUUM ANALYZE tokenloop_tokens, tokenloop_events, apikey'),
      close: () => pool.end(),
    }
  },
}

const MYSQL = process.env.TEST_MYSQL_URL || 'mysql://root@127.0.0.1:3306/test'

async function atMysql(...texts) {
  const connection = mysql.createConnection(MYSQL).promise()
  for (const text of texts) await connection.query(text)
  await connection.end()
}

const MariaDB = {
  quote: (name) => `\`${name}\``,
  placeholder: () => '?',
  async make() {
    await atMysql(`DROP DATABASE IF EXISTS ${PLACE}`, `CREATE DATABASE ${PLACE}`)
    return PLACE
  },
  drop: (place) => atMysql(`DROP DATABASE ${place}`),
  async open(place) {
    const url = new URL(MYSQL)
    url.pathname = `/${place}`
    const pool = mysql.createPool({ uri: url.href, connectionLimit: SIZE, timezone: 'Z' })
    const promised = pool.promise()
    return {
      database: promised,
      store: mysqlStore(pool, { prefix: PREFIX }),
      migrate: migrateMysql,
      ask: async (text) => (await promised.query(text))[0],
      prepare: (text) => (values) =>
        new Promise((resolve, reject) => {
          pool.execute(text, values, (error, rows) =>
            error ? reject(error) : resolve(rows.length ?? rows.affectedRows),
          )
        }),
      counting() {
        let prototype = mysql.PoolConnection.prototype
        while (!Object.hasOwn(prototype, 'execute')) prototype = Object.getPrototypeOf(prototype)
        return counting(prototype, 'execute', 'query')
      },
      settle: () => promised.query('ANALYZE TABLE tokenloop_tokens, tokenloop_events, apikey'),
      close: () => promised.end(),
    }
  },
}

export const ENGINES = { SQLite, PostgreSQL, MariaDB }
