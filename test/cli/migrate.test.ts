import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { fullDdl } from '../../src/store/sql/migrations.js'
import { createNaming } from '../../src/store/sql/naming.js'
import { freshDatabase, shared } from '../support/places.js'
import { project } from './support.js'

const { folder, tokenloop, json } = project()
const bare = project([])
const UP_TO_DATE = 'the schema is up to date\n'

type Shared = 'SQLite' | 'PostgreSQL' | 'MariaDB'
const DIALECTS = { SQLite: 'sqlite', PostgreSQL: 'postgres', MariaDB: 'mysql' } as const

/** Runs statements of the test itself, one after the other, and answers what the last one found. */
const ASK: { readonly [P in Shared]: (url: string, ...texts: string[]) => Promise<readonly unknown[]> } = {
  async SQLite(file, ...texts) {
    const db = new Database(file)
    let rows: unknown[] = []
    for (const text of texts) {
      const statement = db.prepare(text)
      rows = statement.reader ? statement.all() : [statement.run()]
    }
    db.close()
    return rows
  },
  async PostgreSQL(url, ...texts) {
    const client = new pg.Client(url)
    await client.connect()
    let rows: unknown[] = []
    for (const text of texts) ({ rows } = await client.query(text))
    await client.end()
    return rows
  },
  async MariaDB(url, ...texts) {
    const connection = await mysql.createConnection(url)
    let rows: unknown = []
    for (const text of texts) [rows] = await connection.query(text)
    await connection.end()
    return Array.isArray(rows) ? rows : []
  },
}

describe.each(shared as readonly Shared[])('tokenloop migrate on %s', (place) => {
  const dialect = DIALECTS[place]
  const naming = createNaming(dialect)
  const ask = ASK[place]

  it('makes the tables, once, and --check says before and after whether there is something to do', async () => {
    const url = await freshDatabase(place)
    if (place !== 'SQLite')
      expect(await tokenloop(['migrate', '--url', url, '--check'])).toMatchObject({
        code: 1,
        stdout: 'the tables are not there: run `npx tokenloop migrate`\n',
      })
    const made = await tokenloop(['migrate', '--url', url])
    expect(made).toEqual({ code: 0, stdout: `applied: the first tables\n${UP_TO_DATE}`, stderr: '' })
    expect(await tokenloop(['migrate', '--url', url])).toEqual({ code: 0, stdout: UP_TO_DATE, stderr: '' })
    expect(await tokenloop(['migrate', '--url', url, '--check'])).toEqual({ code: 0, stdout: UP_TO_DATE, stderr: '' })
    expect(await ask(url, `SELECT id FROM ${naming.table('tokens')}`)).toEqual([])
  })

  it('takes the address from DATABASE_URL, and says the same as JSON', async () => {
    const env = { DATABASE_URL: await freshDatabase(place) }
    const first = await json(['migrate'], { env })
    expect(first).toMatchObject({ code: 0, document: { dialect, applied: ['the first tables'] } })
    expect((await json(['migrate'], { env })).document).toEqual({ dialect, applied: [] })
    expect((await json(['migrate', '--check'], { env })).document).toEqual({ dialect, state: 'ready' })
  })

  it('R37 finishes what stopped half way', async () => {
    const url = await freshDatabase(place)
    await ask(url, ...fullDdl(dialect, naming).slice(0, 6))
    const looked = await json(['migrate', '--url', url, '--check'])
    expect(looked).toMatchObject({ code: 1, document: { state: 'incomplete', code: 'schema_incomplete' } })
    expect(await tokenloop(['migrate', '--url', url])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(UP_TO_DATE),
    })
    expect((await tokenloop(['migrate', '--url', url, '--check'])).code).toBe(0)
  })

  it('R39 leaves the schema of a newer version alone', async () => {
    const url = await freshDatabase(place)
    await tokenloop(['migrate', '--url', url])
    await ask(url, `INSERT INTO ${naming.table('migrations')} VALUES (2, 'of tomorrow', 'unknown')`)
    const before = await ask(url, `SELECT * FROM ${naming.table('migrations')} ORDER BY number`)
    const refused = await json(['migrate', '--url', url])
    expect(refused).toMatchObject({ code: 2, document: { error: { code: 'schema_too_new' } } })
    expect(refused.stderr).toContain('update tokenloop')
    expect((await json(['migrate', '--url', url, '--check'])).document).toMatchObject({ state: 'too new' })
    expect(await ask(url, `SELECT * FROM ${naming.table('migrations')} ORDER BY number`)).toEqual(before)
  })

  it('R36 may run many times at once', async () => {
    const url = await freshDatabase(place)
    const all = await Promise.all(Array.from({ length: 3 }, () => tokenloop(['migrate', '--url', url])))
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']))
    expect((await tokenloop(['migrate', '--url', url, '--check'])).code).toBe(0)
  })

  it('makes what `schema` prints, under other names too', async () => {
    const url = await freshDatabase(place)
    const names = place === 'PostgreSQL' ? ['--schema', 'auth'] : ['--prefix', 'auth_']
    const { document } = await json(['schema', '--dialect', dialect, ...names])
    await ask(url, ...(document as { statements: string[] }).statements)
    expect(await tokenloop(['migrate', '--url', url, ...names])).toMatchObject({ code: 0, stdout: UP_TO_DATE })
    expect((await tokenloop(['migrate', '--url', url, '--check'])).code).toBe(1)
  })
})

describe('tokenloop migrate', () => {
  it.each(['', 'mongodb://db/x', 'file:///auth.db', 'postgres://u:p@ss word@[/x'])('refuses "%s"', async (url) => {
    expect(await json(['migrate', '--url', url])).toMatchObject({ code: 2, document: { error: { code: 'bad_url' } } })
  })

  it('wants an address', async () => {
    expect(await tokenloop(['migrate'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--url') })
  })

  it('makes no file to look into', async () => {
    const file = join(folder, 'no.db')
    expect(await tokenloop(['migrate', '--url', file, '--check'])).toMatchObject({ code: 2 })
    expect(existsSync(file)).toBe(false)
  })

  it('refuses a file that is no database, and leaves it alone', async () => {
    const file = join(folder, 'node_modules/tokenloop/package.json')
    const before = readFileSync(file, 'utf8')
    expect(await tokenloop(['migrate', '--url', file])).toMatchObject({ code: 2, stdout: '' })
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('says what the database said where it cannot be reached, and no password', async () => {
    const { code, stdout, stderr } = await tokenloop(['migrate', '--url', 'postgres://u:open-sesame@127.0.0.1:1/x'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/ECONNREFUSED/)
    expect(stderr).not.toContain('open-sesame')
  })

  it('names the driver that the project lacks', async () => {
    const asked = await bare.json(['migrate', '--url', 'postgres://127.0.0.1/x'])
    expect(asked).toMatchObject({ code: 2, document: { error: { code: 'no_driver' } } })
    expect(asked.stderr).toContain('npm install pg')
  })
})
