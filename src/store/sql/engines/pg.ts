import type { Answer, Statement, Value } from '../engine.js'
import { findPostgres } from '../faults/postgres.js'
import type { Connection, Pool } from '../pooled.js'
import { PARSERS, type Parser } from './pg-types.js'

/** The slice of a `pg` Pool that is used; pools of the same interface, such as Neon's, will do. */
export interface PgPool {
  connect(): Promise<PgClient>
}

/** A connection of `pg`, as much of it as is used. */
export interface PgClient {
  query(query: PgQuery): Promise<PgResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  release(destroy?: boolean): void
}

/** A query as `pg` takes it. */
export interface PgQuery {
  readonly name?: string
  readonly text: string
  values?: Value[]
  readonly types?: { getTypeParser(oid: number): Parser }
}

/** An answer of `pg`. */
export interface PgResult {
  readonly rows: Record<string, unknown>[]
  readonly rowCount: number | null
}

const asText: Parser = (text) => text

/** The library's own, since those of the driver can be changed for the whole process. */
const types = { getTypeParser: (oid: number): Parser => PARSERS[oid] ?? asText }

/** A client without a listener would end the process when its connection breaks; the query that was under way tells. */
const ignore = () => {}

export function pgDriver(pool: PgPool, prepare: boolean): Pool {
  return {
    dialect: 'postgres',
    find: findPostgres,
    async connect() {
      const client = await pool.connect()
      client.on('error', ignore)
      return connectionOf(client, prepare)
    },
  }
}

const connectionOf = (client: PgClient, prepare: boolean): Connection => ({
  async query({ name, text }: Statement, values: readonly Value[]): Promise<Answer> {
    const query = { text, values: values as Value[], types }
    const { rows, rowCount } = await client.query(prepare && name !== '' ? { ...query, name } : query)
    return { lines: rows, changed: rowCount ?? 0 }
  },
  command: (text) => client.query({ text }),
  giveBack() {
    client.removeListener('error', ignore)
    client.release()
  },
  discard: () => client.release(true),
})
