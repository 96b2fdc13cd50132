import { TokenloopError } from '../../core/errors.js'
import { type Call, deadlines, type Held, systemTiming, type Timing } from './deadline.js'
import type { Answer, Batched, Dialect, Engine, Statement, Step, Value } from './engine.js'
import { errorOf, type Fault, type Finding, Undone } from './faults.js'
import { retrying } from './retry.js'

/** A connection of a pool. */
export interface Connection extends Held {
  query(statement: Statement, values: readonly Value[]): Promise<Answer>
  /** A command of transactions, which has neither values nor an answer. */
  command(text: Command): Promise<unknown>
}

export type Command = 'BEGIN' | 'BEGIN ISOLATION LEVEL READ COMMITTED' | 'COMMIT' | 'ROLLBACK'

/** A pool of a driver, by the slice of it that is used. */
export interface Pool {
  readonly dialect: Dialect
  connect(): Promise<Connection>
  /** What an error of a connection means. */
  find(error: unknown): Finding
}

export interface PooledOptions {
  /** Milliseconds. */
  readonly deadline: number
  readonly maxWaiting: number
  readonly timing?: Timing
}

/** After these a connection is of no more use. */
const BROKEN: ReadonlySet<Fault> = new Set(['unsent', 'lost', 'readonly'])

/**
 * Runs statements on the connections of a pool. A call holds one connection at a time and asks for no other meanwhile, so a pool
 * of one is enough; those that wait for one are bounded in number and by their deadline.
 */
export function pooledEngine(pool: Pool, { deadline, maxWaiting, timing = systemTiming }: PooledOptions): Engine {
  const within = deadlines(timing)
  let waiting = 0

  const connect = async (call: Call): Promise<Connection> => {
    if (waiting >= maxWaiting) throw new TokenloopError('unavailable', 'too many calls wait for a connection')
    waiting++
    try {
      const connection = await pool.connect()
      if (!call.isOver) return connection
      connection.giveBack()
    } catch (error) {
      throw errorOf({ fault: 'unsent', words: 'no connection to the database is to be had' }, error)
    } finally {
      waiting--
    }
    throw new Undone('the deadline has passed')
  }

  /** One try of a call: on one connection, which is given back if it is still good. */
  const attempt = async <T>(call: Call, work: (connection: Connection) => Promise<T>, undo?: Command): Promise<T> => {
    const connection = await connect(call)
    call.hold(connection)
    try {
      const answer = await work(connection)
      call.release(true)
      return answer
    } catch (error) {
      const found = pool.find(error)
      const isUsable = !BROKEN.has(found.fault) && (undo === undefined || (await succeeds(connection.command(undo))))
      call.release(isUsable)
      // A transaction whose end was not asked for has not taken place.
      throw errorOf(found.fault === 'lost' && !call.isSent ? { ...found, fault: 'unsent' } : found, error)
    } finally {
      call.isSent = false
    }
  }

  return {
    dialect: pool.dialect,

    run: (statement, values, { repeatable = false, deadline: limit = deadline } = {}) =>
      within(limit, (call) =>
        retrying(
          timing,
          (tries) =>
            tries > 0 && pool.dialect === 'postgres'
              ? attempt(call, (connection) => alone(connection, call, { statement, values }), 'ROLLBACK')
              : attempt(call, (connection) => {
                  call.isSent = !repeatable
                  return connection.query(statement, values)
                }),
          () => call.isOver,
        ),
      ),

    batch: (steps, { deadline: limit = deadline } = {}) =>
      within(limit, (call) =>
        retrying(
          timing,
          () => attempt(call, (connection) => inTransaction(connection, call, steps), 'ROLLBACK'),
          () => call.isOver,
        ),
      ),
  }
}

/**
 * A statement in a transaction of its own, which waits for others where at the levels above it would fail. The host may have such a
 * level for all that it does; a statement that failed there is tried again like this.
 */
async function alone(connection: Connection, call: Call, step: Step): Promise<Answer> {
  const { answers } = await inTransaction(connection, call, [step], 'BEGIN ISOLATION LEVEL READ COMMITTED')
  return answers[0] as Answer
}

async function inTransaction(
  connection: Connection,
  call: Call,
  steps: readonly Step[],
  begin: Command = 'BEGIN',
): Promise<Batched> {
  await connection.command(begin)
  const batched = await runSteps(connection, steps)
  if (batched.ended === undefined) call.isSent = true
  await connection.command(batched.ended === undefined ? 'COMMIT' : 'ROLLBACK')
  return batched
}

/** The steps of a batch one after the other, up to the one that ends it. */
export async function runSteps(connection: Pick<Connection, 'query'>, steps: readonly Step[]): Promise<Batched> {
  const answers: Answer[] = []
  for (const { statement, values, unless } of steps) {
    const answer = await connection.query(statement, values)
    answers.push(answer)
    if (unless !== undefined && answer.changed === 0) return { ended: unless, answers }
  }
  return { ended: undefined, answers }
}

const succeeds = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  )
