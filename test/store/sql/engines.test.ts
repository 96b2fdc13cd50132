import { PGlite } from '@electric-sql/pglite'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import pg from 'pg'
import { afterAll, describe, expect, inject, it } from 'vitest'
import type { Dialect, Engine, Statement, Value } from '../../../src/store/sql/engine.js'
import { mysqlDriver } from '../../../src/store/sql/engines/mysql.js'
import { pgDriver } from '../../../src/store/sql/engines/pg.js'
import { pgliteEngine } from '../../../src/store/sql/engines/pglite.js'
import { sqliteEngine } from '../../../src/store/sql/engines/sqlite.js'
import { DuplicateKey } from '../../../src/store/sql/faults.js'
import { pooledEngine } from '../../../src/store/sql/pooled.js'
import { type Server, urlOf } from '../../support/reach.js'

const OPTIONS = { deadline: 20_000, maxWaiting: 100 }
/** How a host may have set up its pool for its own queries. */
const ODD = { supportBigNumbers: true, bigNumberStrings: true, rowsAsArray: true, namedPlaceholders: true }
const lower = (_: unknown, next: () => unknown) => String(next()).toLowerCase()

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

function fromPg(options: pg.PoolConfig, prepare = true): Engine {
  const pool = new pg.Pool({ connectionString: urlOf('PostgreSQL'), max: 2, ...options })
  closing.push(() => pool.end())
  return pooledEngine(pgDriver(pool, prepare), OPTIONS)
}

function fromMysql(options: mysql.PoolOptions): Engine {
  const pool = mysql.createPool({ uri: urlOf('MariaDB'), connectionLimit: 2, ...options })
  closing.push(() => pool.promise().end())
  return pooledEngine(mysqlDriver(pool), OPTIONS)
}

function fromMysqlPromises(): Engine {
  const pool = mysqlPromise.createPool({ uri: urlOf('MariaDB'), connectionLimit: 2 })
  closing.push(() => pool.end())
  return pooledEngine(mysqlDriver(pool), OPTIONS)
}

const ENGINES: readonly { name: string; on?: Server; make: () => Engine }[] = [
  { name: 'pg', on: 'PostgreSQL', make: () => fromPg({}) },
  { name: 'pg, without preparing', on: 'PostgreSQL', make: () => fromPg({}, false) },
  { name: 'pg, pool of one', on: 'PostgreSQL', make: () => fromPg({ max: 1 }) },
  { name: 'PGlite', make: () => pgliteEngine(new PGlite(), OPTIONS) },
  { name: 'mysql2, found rows counted', on: 'MariaDB', make: () => fromMysql({}) },
  { name: 'mysql2, changed rows counted', on: 'MariaDB', make: () => fromMysql({ flags: ['-FOUND_ROWS'] }) },
  {
    name: 'mysql2, set up oddly',
    on: 'MariaDB',
    make: () => fromMysql({ ...ODD, typeCast: lower, connectionLimit: 1 }),
  },
  { name: 'mysql2/promise', on: 'MariaDB', make: fromMysqlPromises },
  { name: 'better-sqlite3', make: () => sqliteEngine(new Database(':memory:')) },
  { name: 'better-sqlite3, big integers', make: () => sqliteEngine(new Database(':memory:').defaultSafeIntegers()) },
]

const COLUMNS: { readonly [D in Dialect]: string } = {
  postgres: 'id text, taken text, number bigint, data json',
  mysql: 'id varchar(50), taken varchar(50), number bigint, data longtext',
  sqlite: 'id TEXT, taken TEXT, number INTEGER, data TEXT',
}
const BYTES: { readonly [D in Dialect]: string } = { postgres: 'bytea', mysql: 'blob', sqlite: 'BLOB' }
const ARRAY: { readonly [D in Dialect]: string } = {
  postgres: 'json_build_array(number, id)',
  mysql: 'JSON_ARRAY(number, id)',
  sqlite: 'json_array(number, id)',
}

/** A statement, named by its text. */
function statement({ dialect }: Engine, text: string): Statement {
  let count = 0
  const placed = dialect === 'postgres' ? text.replaceAll('?', () => `$${++count}`) : text
  return { name: Buffer.from(placed).toString('base64').slice(-60), text: placed }
}

describe.each(ENGINES.filter(({ on }) => on === undefined || inject('reached').includes(on)))('$name', ({ make }) => {
  const engine = make()
  const table = `engine_${crypto.randomUUID().slice(0, 8)}`
  const run = (text: string, ...values: Value[]) => engine.run(statement(engine, text), values)
  const step = (text: string, values: Value[], unless?: string) => ({
    statement: statement(engine, text),
    values,
    ...(unless && { unless }),
  })
  const insert = `INSERT INTO ${table} (id, taken, number, data) VALUES (?, ?, ?, ?)`
  const ids = async () => (await run(`SELECT id FROM ${table} ORDER BY id`)).lines.map(({ id }) => id)
  const whole = `CREATE TABLE ${table} (${COLUMNS[engine.dialect]}, bytes ${BYTES[engine.dialect]}`
  const keys = `CONSTRAINT ${table}_pk PRIMARY KEY (id), CONSTRAINT ${table}_taken UNIQUE (taken))`
  const plain = (text: string) => engine.run({ name: '', text }, [])

  it('makes tables, without preparing what makes them', async () => {
    await plain(`${whole}, ${keys}`)
    closing.unshift(() => plain(`DROP TABLE ${table}`))
    expect(await ids()).toEqual([])
  })

  it('tells texts, JSON, integers and bytes as they are', async () => {
    const bytes = Uint8Array.from([0, 255, 92, 39])
    await run(
      `INSERT INTO ${table} (id, number, data, bytes) VALUES (?, ?, ?, ?)`,
      'É\\',
      2 ** 53 - 1,
      '{"a":[1]}',
      bytes,
    )
    const { lines } = await run(`SELECT id, taken, number, data, bytes, ${ARRAY[engine.dialect]} AS pair FROM ${table}`)
    expect(lines.map((line) => ({ ...line, bytes: [...(line.bytes as Uint8Array)] }))).toEqual([
      {
        id: 'É\\',
        taken: null,
        number: 2 ** 53 - 1,
        data: '{"a":[1]}',
        bytes: [...bytes],
        pair: expect.stringMatching(/^\[9007199254740991, ?"É\\\\"\]$/),
      },
    ])
  })

  it('R63 counts the rows that matched, whether they became other ones or not', async () => {
    expect((await run(insert, 'a', 'x', 1, null)).changed).toBe(1)
    expect((await run(`UPDATE ${table} SET number = ? WHERE id = ?`, 1, 'a')).changed).toBe(1)
    expect((await run(`UPDATE ${table} SET number = ? WHERE id = ?`, 2, 'a')).changed).toBe(1)
    expect((await run(`UPDATE ${table} SET number = ? WHERE id = ?`, 2, 'b')).changed).toBe(0)
    expect((await run(`DELETE FROM ${table} WHERE id <> ?`, 'a')).changed).toBe(1)
    expect((await run(`SELECT id FROM ${table}`)).changed).toBe(1)
  })

  it('tells which key is taken', async () => {
    const own = await run(insert, 'a', 'y', 1, null).catch((error) => error)
    const other = await run(insert, 'b', 'x', 1, null).catch((error) => error)
    expect([own, other].every((error) => error instanceof DuplicateKey)).toBe(true)
    expect([own.isPrimary, other.isPrimary]).toEqual([true, false])
    expect(other.key).toContain('taken')
  })

  it('tells that a table or a column is not there', async () => {
    const missing = { code: 'unavailable', message: expect.stringMatching(/not there|no such/) }
    await expect(run(`SELECT id FROM ${table}_not`)).rejects.toMatchObject(missing)
    await expect(run(`SELECT absent FROM ${table}`)).rejects.toMatchObject(missing)
  })

  it('runs a batch as a whole', async () => {
    const done = await engine.batch([
      step(insert, ['b', null, 1, null]),
      step(`UPDATE ${table} SET number = number + 1 WHERE id = ?`, ['b'], 'gone'),
      step(`SELECT number FROM ${table} WHERE id = ?`, ['b'], 'gone'),
    ])
    expect(done).toMatchObject({
      ended: undefined,
      answers: [{ changed: 1 }, { changed: 1 }, { lines: [{ number: 2 }] }],
    })
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('ends a batch where a step neither changes nor finds anything, and leaves nothing of it', async () => {
    for (const nothing of [`UPDATE ${table} SET number = 1 WHERE id = ?`, `SELECT id FROM ${table} WHERE id = ?`]) {
      const ended = await engine.batch([
        step(insert, ['c', null, 1, null]),
        step(nothing, ['z'], 'gone'),
        step(insert, ['d', null, 1, null]),
      ])
      expect(ended.ended).toBe('gone')
      expect(ended.answers.length).toBe(2)
      expect(await ids()).toEqual(['a', 'b'])
    }
  })

  it('leaves nothing of a batch that fails', async () => {
    const steps = [step(insert, ['c', null, 1, null]), step(insert, ['d', 'x', 1, null])]
    expect(await engine.batch(steps).catch((error) => error)).toBeInstanceOf(DuplicateKey)
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('runs many at once, and each as a whole', async () => {
    const add = step(`UPDATE ${table} SET number = number + 1 WHERE id = ?`, ['b'])
    await Promise.all(Array.from({ length: 20 }, () => engine.batch([add, add])))
    expect((await run(`SELECT number FROM ${table} WHERE id = ?`, 'b')).lines).toEqual([{ number: 42 }])
  })
})
