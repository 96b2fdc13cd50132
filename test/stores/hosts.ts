import mysql from 'mysql2'
import pg from 'pg'
import type { TokenStore } from 'tokenloop'
import { type MysqlStoreOptions, migrate as migrateMysql, mysqlStore } from 'tokenloop/mysql'
import { migrate, type PgPool, type PostgresStoreOptions, postgresStore } from 'tokenloop/postgres'
import { inject, onTestFinished } from 'vitest'
import { freshNames } from '../support/engines.js'
import { type BadLine, openProxy } from '../support/proxy.js'
import { addressOf, type SqlServer, sqlServerNames, urlOf } from '../support/reach.js'

/** The servers that are there. */
export const servers: readonly SqlServer[] = sqlServerNames.filter((server) => inject('reached').includes(server))

/** How a host sets its pool up, and the store over it. */
export interface Setup extends PostgresStoreOptions {
  /** Connections of the pool; 4 by default. */
  readonly size?: number
  /** Where it connects to; the server itself by default. */
  readonly at?: { readonly host: string; readonly port: number }
  /** How long the pool waits for a connection, in milliseconds; 10 s by default. */
  readonly patience?: number
  /** Whether the host keeps one of the connections to itself. */
  readonly held?: boolean
  /** Settings of each PostgreSQL session. */
  readonly settings?: Readonly<Record<string, string>>
  /** The isolation level of each session. */
  readonly level?: string
  /** Flags of each MySQL connection. */
  readonly flags?: string[]
  /** Comes between the store and its pool of `pg`. */
  readonly wrap?: (pool: PgPool) => PgPool
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** A connection of the host's own. */
export interface Session {
  ask(text: string): Promise<Rows>
  close(): void
}

export interface Host {
  /** A store with a pool of its own, over the tables of this host; the pool is closed when the test is over. */
  open(setup?: Setup): TokenStore
  /** A connection beside the store. */
  session(): Promise<Session>
  /** The name of a table. */
  table(name: string): string
  /** Ends all connections of the pools, as an administrator does. */
  kill(): Promise<void>
  /** Whether a statement of the pools waits for a lock. */
  isWaiting(): Promise<boolean>
}

const PATIENCE = 10_000

const at = (server: SqlServer, place: Setup['at']) => ({ ...addressOf(server), ...place })

async function postgresHost(): Promise<Host> {
  const { schema = '' } = freshNames('PostgreSQL')
  const connectionString = urlOf('PostgreSQL')
  const open = ({
    size = 4,
    at: place,
    settings = {},
    level,
    held = false,
    patience = PATIENCE,
    flags: _,
    wrap = (pool) => pool,
    ...options
  }: Setup = {}) => {
    const { host, port } = at('PostgreSQL', place)
    const url = new URL(connectionString)
    url.host = `${host}:${port}`
    const pool = new pg.Pool({
      connectionString: url.href,
      max: size,
      application_name: schema,
      connectionTimeoutMillis: patience,
      options: Object.entries({
        ...settings,
        ...(level && { default_transaction_isolation: level.replace(' ', '\\ ') }),
      })
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    })
    pool.on('error', () => {})
    const mine = held && pool.connect()
    onTestFinished(async () => {
      if (mine) (await mine).release()
      await pool.end()
    })
    return postgresStore(wrap(pool), { schema, ...options })
  }
  const session = async () => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    onTestFinished(() => client.end())
    return { ask: async (text: string): Promise<Rows> => (await client.query(text)).rows, close: () => client.end() }
  }
  const { ask } = await session()
  onTestFinished(async () => void (await ask(`DROP SCHEMA ${schema} CASCADE`)))
  await migrate(open({ size: 1 }))
  const backends = `FROM pg_stat_activity WHERE application_name = '${schema}'`
  return {
    open,
    session,
    table: (name) => `${schema}.${name}`,
    kill: async () => void (await ask(`SELECT pg_terminate_backend(pid) ${backends}`)),
    isWaiting: async () => (await ask(`SELECT 1 ${backends} AND wait_event_type = 'Lock'`)).length > 0,
  }
}

async function mariadbHost(): Promise<Host> {
  const { prefix = '' } = freshNames('MariaDB')
  const uri = urlOf('MariaDB')
  const threads = new Set<number>()
  const open = ({
    size = 4,
    at: place,
    level,
    held = false,
    patience = PATIENCE,
    flags,
    schema: _,
    prepare: __,
    settings: ___,
    wrap: ____,
    ...options
  }: Setup = {}) => {
    const { host, port } = at('MariaDB', place)
    const url = new URL(uri)
    url.host = `${host}:${port}`
    const pool = mysql.createPool({
      uri: url.href,
      connectionLimit: size,
      connectTimeout: patience,
      ...(flags && { flags }),
    })
    pool.on('connection', (connection) => {
      threads.add(connection.threadId)
      if (level) connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
    })
    const mine = held && pool.promise().getConnection()
    onTestFinished(async () => {
      if (mine) (await mine).release()
      await pool.promise().end()
    })
    return mysqlStore(pool, { prefix, ...(options as MysqlStoreOptions) })
  }
  const session = async () => {
    const connection = await mysql.createConnection(uri).promise()
    onTestFinished(() => connection.end())
    return {
      ask: async (text: string) => (await connection.query(text))[0] as Rows,
      close: () => connection.destroy(),
    }
  }
  const { ask } = await session()
  onTestFinished(async () => {
    const tables = await ask(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, ${prefix.length}) = '${prefix}'`,
    )
    await ask(`DROP TABLE ${tables.map(({ name }) => name).join(', ')}`)
  })
  await migrateMysql(open({ size: 1 }))
  const ours = async () => {
    const all = await ask('SELECT id FROM information_schema.processlist')
    return all.map(({ id }) => Number(id)).filter((id) => threads.has(id))
  }
  return {
    open,
    session,
    table: (name) => prefix + name,
    kill: async () => {
      for (const id of await ours()) await ask(`KILL ${id}`).catch(() => {})
    },
    // What InnoDB tells of its locks is as old as the last one who asked.
    isWaiting: async () => {
      const long = `SELECT id FROM information_schema.processlist WHERE command = 'Execute' AND time_ms > 100`
      return (await ask(long)).some(({ id }) => threads.has(Number(id)))
    },
  }
}

/** A host on a server, with tables of its own for as long as the test lasts. */
export const hostOn: { readonly [S in SqlServer]: () => Promise<Host> } = {
  PostgreSQL: postgresHost,
  MariaDB: mariadbHost,
}

/** A line to a server that can be made bad. */
export async function lineTo(server: SqlServer): Promise<BadLine> {
  const line = await openProxy(addressOf(server))
  onTestFinished(() => line.close())
  return line
}

/** Asks until the answer is yes; the time limit of the test ends it where it never is. */
export async function until(question: () => boolean | Promise<boolean>): Promise<void> {
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  while (!isOver && !(await question())) await new Promise((resolve) => setImmediate(resolve))
}
