import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2'
import pg from 'pg'
import { defineCatalogue, system, type TokenStore, user } from 'tokenloop'
import { migrate as migrateMysql, mysqlStore } from 'tokenloop/mysql'
import { toNodeListener } from 'tokenloop/node'
import { migrate as migratePostgres, postgresStore } from 'tokenloop/postgres'
import { migrate as migrateSqlite, sqliteStore } from 'tokenloop/sqlite'
import { createTestKit, storeContract } from 'tokenloop/testing'
import { everywhere } from './everywhere.js'
import { demand, doAll, type Parts, same } from './part.js'

const { TEST_POSTGRES = '', TEST_MYSQL = '', RUNTIME_CASES = '' } = process.env
const names = `t_${Date.now().toString(36)}_${process.pid}`

/** The promises of the contract, or about so many of them, of all sorts. */
const casesOf = (most = storeContract.length) =>
  storeContract.filter((_, i) => i % Math.ceil(storeContract.length / most) === 0)

async function keeps(store: TokenStore, cases = casesOf()): Promise<void> {
  for (const { name, run } of cases) await run(() => store).catch((cause) => demand(false, name, cause))
}

/** A database takes its time. */
const someCases = () => casesOf(RUNTIME_CASES === '' ? 8 : Number(RUNTIME_CASES))

const onServers: Parts = {
  async '`node:http`'() {
    const kit = createTestKit({ catalogue: defineCatalogue({ read: { description: 'Read' } }) })
    const listener = toNodeListener(async (request: Request) => {
      const access = await kit.guard.check(request, 'read')
      return access.ok ? new Response(await request.text()) : access.response
    })
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const ask = (headers: object) =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { ...headers }, body: 'a body' })
    same((await ask({})).status, 401, 'a request without a credential')
    same(await (await ask(await kit.bearer(user('alice'), 'read'))).text(), 'a body', 'a request with one')
    await kit.tokens.revokeAll({ by: system, owner: user('alice') })
    server.close()
  },

  async '`require()`'() {
    const require = createRequire(import.meta.url)
    const { createTokens } = require('tokenloop')
    const { createAuthorizationServer } = require('tokenloop/oauth')
    same([typeof createTokens, typeof createAuthorizationServer], ['function', 'function'], 'what is required')
  },

  async '`node:sqlite`'() {
    const sqlite: { DatabaseSync: typeof DatabaseSync } = await import('node:sqlite')
    const db = new sqlite.DatabaseSync(':memory:')
    const store = sqliteStore(db)
    await migrateSqlite(store)
    await keeps(store)
    db.close()
  },

  async '`pg`'() {
    const pool = new pg.Pool({ connectionString: TEST_POSTGRES, max: 4 })
    const store = postgresStore(pool, { schema: names })
    await migratePostgres(store)
    await keeps(store, someCases()).finally(() => pool.query(`DROP SCHEMA ${names} CASCADE`))
    await pool.end()
  },

  async '`mysql2`'() {
    const pool = mysql.createPool({ uri: TEST_MYSQL, connectionLimit: 4 })
    const store = mysqlStore(pool, { prefix: `${names}_` })
    await migrateMysql(store)
    await keeps(store, someCases()).finally(async () => {
      const like = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, ${names.length}) = '${names}'`
      const [tables] = await pool.promise().query<mysql.RowDataPacket[]>(like)
      await pool.promise().query(`DROP TABLE ${tables.map(({ name }) => name).join(', ')}`)
    })
    await pool.promise().end()
  },
}

await doAll({ ...everywhere, ...onServers })
