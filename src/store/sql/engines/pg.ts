import type { Answer, Statement, Value } from '../engine.js'
import { findPostgres } from '../faults/postgres.js'
import type { Command, Connection, Pool } from '../pooled.js'
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

export const pgDriver = (pool: PgPool, prepare: boolean): Pool => ({
  dialect: 'postgres',
  find: findPostgres,
  connect: () => pool.connect().then((client) => new HeldClient(client, prepare)),
})

class HeldClient implements Connection {
  readonly #client: PgClient
  readonly #prepare: boolean

  constructor(client: PgClient, prepare: boolean) {
    this.#client = client
    this.#prepare = prepare
    client.on('error', ignore)
  }

  query({ name, text }: Statement, values: readonly Value[]): Promise<Answer> {
    const given = values as Value[]
    const query = this.#prepare && name !== '' ? { name, text, values: given, types } : { text, values: given, types }
    return this.#client.query(query).then(answerOf)
  }

  command(text: Command): Promise<unknown> {
    return this.#client.query({ text })
  }

  giveBack(): void {
    this.#client.removeListener('error', ignore)
    this.#client.release()
  }

  discard(): void {
    this.#client.release(true)
  }
}

const answerOf = ({ rows, rowCount }: PgResult): Answer => ({ lines: rows, changed: rowCount ?? 0 })
