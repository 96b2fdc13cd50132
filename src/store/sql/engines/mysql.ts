import type { Answer, Statement, Value } from '../engine.js'
import { findMysql } from '../faults/mysql.js'
import type { Command, Connection, Pool } from '../pooled.js'

/** The slice of a `mysql2` pool that is used. */
export interface MysqlPool {
  getConnection(callback: (error: Error | null, connection: MysqlConnection) => void): void
}

/** A pool of `mysql2/promise` goes round one with callbacks. */
export interface MysqlPromisePool {
  readonly pool: MysqlPool
}

/** A connection of `mysql2`, as much of it as is used. */
export interface MysqlConnection {
  execute(query: MysqlQuery, callback: (error: Error | null, result: unknown) => void): unknown
  query(query: MysqlQuery, callback: (error: Error | null, result: unknown) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  release(): void
  destroy(): void
}

/** A query as `mysql2` takes it. */
export interface MysqlQuery {
  readonly sql: string
  readonly values?: (string | number | Uint8Array | null)[]
  readonly rowsAsArray?: boolean
  readonly nestTables?: boolean
  readonly namedPlaceholders?: boolean
  readonly typeCast?: (field: MysqlField, next: () => unknown) => unknown
}

/** A column of an answer, as `mysql2` hands it to a `typeCast`. */
export interface MysqlField {
  readonly type: string
  /** `json` where MariaDB made it: its JSON is a text. */
  readonly extendedFormat?: string
  string(encoding: 'utf8'): string | null
}

/** JSON as text, integers as numbers, and `varbinary` as the text that it compares, whatever the pool is set up for. */
function typeCast(field: MysqlField, next: () => unknown): unknown {
  if (field.type === 'JSON' || field.extendedFormat === 'json') return field.string('utf8')
  const value = next()
  if (field.type === 'LONGLONG' && value !== null) return Number(value)
  return field.type === 'VAR_STRING' && Buffer.isBuffer(value) ? value.toString() : value
}

/** The pool may be set up otherwise for the host's own queries. */
const SHAPE = { rowsAsArray: false, nestTables: false, namedPlaceholders: false, typeCast }

/** A connection without a listener would end the process when it breaks; the statement that was under way tells. */
const ignore = () => {}

export const mysqlDriver = (pool: MysqlPool | MysqlPromisePool): Pool => ({
  dialect: 'mysql',
  find: findMysql,
  connect: () =>
    new Promise((resolve, reject) => {
      const callbacks = 'pool' in pool ? pool.pool : pool
      callbacks.getConnection((error, connection) => {
        if (error) return reject(error)
        resolve(new HeldConnection(connection))
      })
    }),
})

class HeldConnection implements Connection {
  readonly #connection: MysqlConnection

  constructor(connection: MysqlConnection) {
    this.#connection = connection
    connection.on('error', ignore)
  }

  query({ name, text }: Statement, values: readonly Value[]): Promise<Answer> {
    const query = { sql: text, values: values.map(toMysql), ...SHAPE }
    return this.#send(name === '' ? 'query' : 'execute', query)
  }

  command(sql: Command): Promise<unknown> {
    return this.#send('query', { sql })
  }

  giveBack(): void {
    this.#connection.removeListener('error', ignore)
    this.#connection.release()
  }

  discard(): void {
    const connection = this.#connection
    connection.destroy()
    // mysql2 only says goodbye and waits for an answer, which a database that hangs does not give.
    if ('stream' in connection) (connection.stream as { destroy?(): void }).destroy?.()
  }

  #send(how: 'execute' | 'query', query: MysqlQuery): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#connection[how](query, (error, result) => (error ? reject(error) : resolve(answerOf(result))))
    })
  }
}

const toMysql = (value: Value) =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value

/** What `mysql2` tells of a statement that has no rows. */
interface Header {
  readonly affectedRows: number
  readonly info?: string
}

/**
 * `affectedRows` counts the rows that an UPDATE matched or, without the flag FOUND_ROWS, those of them that became other ones.
 * The words beside it always tell both: "Rows matched: 1  Changed: 0  Warnings: 0".
 */
function answerOf(result: unknown): Answer {
  if (Array.isArray(result)) return { lines: result, changed: result.length }
  const { affectedRows, info = '' } = result as Header
  const [, matched = affectedRows] = /^Rows matched: (\d+)/.exec(info) ?? []
  return { lines: [], changed: Number(matched) }
}
