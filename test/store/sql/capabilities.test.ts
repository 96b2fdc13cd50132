import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import Database from 'better-sqlite3'
import { postgresStore } from 'tokenloop/postgres'
import { sqliteStore } from 'tokenloop/sqlite'
import { expect, it, onTestFinished } from 'vitest'

/** A folder that is gone after the test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tokenloop-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

it('R58 a database that keeps nothing beyond its process says so', async () => {
  const { capabilities } = sqliteStore(new Database(':memory:'))
  expect(capabilities).toEqual({ linearizable: true, durable: false, shared: false })
  const pglite = await PGlite.create()
  onTestFinished(() => pglite.close())
  expect(postgresStore(pglite).capabilities).toEqual({ linearizable: true, durable: false, shared: false })
})

it('a database in files is durable, and a SQLite file may be shared between processes', async () => {
  const db = new Database(join(folder(), 'auth.db'))
  onTestFinished(() => void db.close())
  expect(sqliteStore(db).capabilities).toEqual({ linearizable: true, durable: true, shared: true })
  const pglite = await PGlite.create(join(folder(), 'auth'))
  onTestFinished(() => pglite.close())
  expect(postgresStore(pglite).capabilities).toEqual({ linearizable: true, durable: true, shared: false })
})

it('a database of node:sqlite is where it says', () => {
  const at = (path: string | null) =>
    sqliteStore({
      prepare: () => {
        throw new Error('unused')
      },
      exec() {},
      isTransaction: false,
      location: () => path,
    })
  expect(at(null).capabilities.durable).toBe(false)
  expect(at('/auth.db').capabilities.durable).toBe(true)
})
