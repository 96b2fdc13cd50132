import { PGlite } from '@electric-sql/pglite'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
import type { TokenStore } from 'tokenloop'
import { type MysqlPool, mysqlStore } from 'tokenloop/mysql'
import { migrate, type PGliteDatabase, postgresStore } from 'tokenloop/postgres'
import { type SqliteDatabase, sqliteStore } from 'tokenloop/sqlite'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { freshNames } from '../support/engines.js'
import { urlOf } from '../support/reach.js'
import { alice, answerOf, codeOf, draft, world } from '../support/world.js'
import { callAll } from './calls.js'

/** What every statement fails with, while there is something. */
interface Fault {
  error: unknown
}

const failing = (fault: Fault) => {
  if (fault.error !== undefined) throw fault.error
}

function onPGlite(fault: Fault): TokenStore {
  const db: PGliteDatabase = new PGlite()
  return postgresStore({
    query: async (...args) => {
      failing(fault)
      return db.query(...args)
    },
    transaction: async (work) => {
      failing(fault)
      return db.transaction(work)
    },
  })
}

function onSqlite(fault: Fault): TokenStore {
  const db: SqliteDatabase = new Database(':memory:')
  return sqliteStore({
    get inTransaction() {
      return db.inTransaction ?? false
    },
    exec: (text) => {
      if (text.startsWith('BEGIN')) failing(fault)
      return db.exec(text)
    },
    prepare: (text) => {
      const statement = db.prepare(text)
      if (text.startsWith('PRAGMA')) return statement
      return {
        all: (...values) => {
          failing(fault)
          return statement.all(...values)
        },
        run: (...values) => {
          failing(fault)
          return statement.run(...values)
        },
        reader: statement.reader ?? false,
        columns: () => statement.columns(),
      }
    },
  })
}

function onMariadb(fault: Fault): TokenStore {
  const { prefix = '' } = freshNames('MariaDB')
  const pool = mysql.createPool({ uri: urlOf('MariaDB'), connectionLimit: 4 })
  onTestFinished(async () => {
    const tables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, ?) = ?`
    const [rows] = await pool.promise().query<mysql.RowDataPacket[]>(tables, [prefix.length, prefix])
    await pool.promise().query(`DROP TABLE ${rows.map(({ name }) => name).join(', ')}`)
    await pool.promise().end()
  })
  const failingPool: MysqlPool = {
    getConnection: (callback) =>
      pool.getConnection((error, connection) => {
        if (error) return callback(error, connection)
        callback(null, {
          execute: (query, done) =>
            fault.error === undefined ? connection.execute(query, done) : done(fault.error as Error, undefined),
          query: (query, done) => connection.query(query, done),
          on: (event, listener) => connection.on(event, listener),
          removeListener: (event, listener) => connection.removeListener(event, listener),
          release: () => connection.release(),
          destroy: () => connection.destroy(),
        })
      }),
  }
  return mysqlStore(failingPool, { prefix })
}

const postgres = (code: string) => Object.assign(new Error('said no'), { code, severity: 'ERROR' })
const mariadb = (errno: number) => Object.assign(new Error('said no'), { errno, code: 'ER_X' })
const sqlite = (code: string) => Object.assign(new Error('said no'), { code: `SQLITE_${code}` })
const nodeSqlite = (errcode: number) => Object.assign(new Error('said no'), { code: 'ERR_SQLITE_ERROR', errcode })
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, fatal: true })
const odd = [reset, null, 'text', new Error('unheard of')]

// biome-ignore format: a table
const SQLSTATES = ['40001', '40P01', '55P03', '53300', '57P03', '26000', '42P05', '0A000', '08006', '40003', '57P01', '57P02', '57P05', '25P03', '3F000', '42P01', '42703', 'XX001', 'XX002', '25006', '42501', '53100', '53200', '57014', '58030', '99999']
// biome-ignore format: a table
const ERRNOS = [1020, 1205, 1213, 1040, 1203, 1226, 1243, 1615, 1053, 1158, 1927, 4031, 1049, 1054, 1146, 1034, 1194, 1712, 1877, 1290, 1792, 1836, 1021, 1026, 1030, 1114, 1142, 1317, 1969, 3024, 9999]
// biome-ignore format: a table
const RESULTS = ['BUSY', 'BUSY_SNAPSHOT', 'LOCKED', 'PROTOCOL', 'CORRUPT', 'NOTADB', 'READONLY', 'FULL', 'IOERR_WRITE', 'CANTOPEN', 'NOMEM']

const ENGINES: Readonly<Record<string, { make: (fault: Fault) => TokenStore; errors: readonly unknown[] }>> = {
  PGlite: { make: onPGlite, errors: [...SQLSTATES.map(postgres), ...odd] },
  SQLite: { make: onSqlite, errors: [...RESULTS.map(sqlite), ...[5, 11, 13, 266, 10].map(nodeSqlite), ...odd] },
  ...(inject('reached').includes('MariaDB') && {
    MariaDB: { make: onMariadb, errors: [...ERRNOS.map(mariadb), ...odd.filter((error) => error !== null)] },
  }),
}

describe.each(Object.entries(ENGINES))('on %s,', (_, { make, errors }) => {
  const set = async () => {
    const fault: Fault = { error: undefined }
    const store = make(fault)
    await migrate(store)
    return { fault, store }
  }

  it('R62 R67 every call says of every fault that the store is at fault', async () => {
    const { fault, store } = await set()
    await callAll(store, 'before')
    for (const error of errors) {
      fault.error = error
      for (const end of await callAll(store, 'id'))
        expect(['unavailable', 'store_corrupt'], String(error)).toContain(end)
    }
    fault.error = undefined
    const after = await callAll(store, 'after')
    expect(after).not.toContain('unavailable')
  }, 60_000)

  it('R67 no fault is a denial of a token, nor an approval, and none is told to its owner', async () => {
    const { fault, store } = await set()
    const setting = await world(() => store)
    const { tokens } = setting
    const [good, dead] = [await tokens.issue(draft), await tokens.issue({ ...draft, name: 'dead' })]
    await tokens.revoke(dead.token.id, { by: alice })
    for (const error of errors) {
      fault.error = error
      const answers = await Promise.all([good, dead].map(({ secret }) => answerOf(setting, secret.reveal())))
      expect(answers, String(error)).toEqual(['unavailable', 'unavailable'])
    }
    expect(['unavailable', 'store_corrupt']).toContain(await codeOf(tokens.issue({ ...draft, name: 'another' })))
    fault.error = undefined
    expect(await answerOf(setting, good.secret.reveal())).toBe('ok')
    expect(await answerOf(setting, dead.secret.reveal())).toBe('revoked')
  }, 60_000)
})
