import { describe, expect, it } from 'vitest'
import { TokenloopError } from '../../../src/core/errors.js'
import type { Timing } from '../../../src/store/sql/deadline.js'
import { type PgQuery, type PgResult, pgDriver } from '../../../src/store/sql/engines/pg.js'
import { AnswerLost, DuplicateKey } from '../../../src/store/sql/faults.js'
import { pooledEngine } from '../../../src/store/sql/pooled.js'

const READ = { name: 'read', text: 'SELECT 1' }
const WRITE = { name: 'write', text: 'UPDATE a' }

/** An error as the server sends it. */
const sqlState = (code: string, more = {}) => Object.assign(new Error('said no'), { code, severity: 'ERROR', ...more })
const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
const NEVER = new Promise<never>(() => {})

const DEADLINE = 5000

type Reply = Partial<PgResult> | Error | Promise<never>

/** A pool that answers each query of a text with the next reply to it, and everything else at once; and time that a test passes. */
function scripted(script: Record<string, Reply[]> = {}, { maxWaiting = 10, prepare = true } = {}) {
  const asked: PgQuery[] = []
  const clients = { open: 0, given: 0, discarded: 0 }
  const waits: number[] = []
  let passed = 0
  const alarms: { readonly due: number; readonly then: () => void; isHeld: boolean }[] = []
  const timing: Timing = {
    now: () => passed,
    random: () => 1 - Number.EPSILON,
    after(milliseconds, then) {
      waits.push(milliseconds)
      queueMicrotask(then)
    },
    alarm(milliseconds, then) {
      const alarm = { due: passed + milliseconds, then, isHeld: true }
      alarms.push(alarm)
      const hold = (isHeld: boolean) => () => Object.assign(alarm, { isHeld })
      return { ref: hold(true), unref: hold(false) }
    },
  }
  /** Goes on to a moment, or past the deadline of what is under way. */
  const pass = (milliseconds = DEADLINE) => {
    passed += milliseconds
    for (const alarm of alarms.splice(0)) {
      if (alarm.due <= passed) alarm.then()
      else alarms.push(alarm)
    }
  }
  const next = async (text: string): Promise<PgResult> => {
    const reply = script[text]?.shift() ?? {}
    if (reply instanceof Promise) return reply
    if (reply instanceof Error) throw reply
    return { rows: [], rowCount: 1, ...reply }
  }
  const pool = {
    async connect() {
      await next('connect')
      clients.open++
      let isOut = true
      const release = (destroy?: boolean) => {
        expect(isOut).toBe(true)
        isOut = false
        clients.open--
        clients[destroy ? 'discarded' : 'given']++
      }
      const query = (query: PgQuery) => {
        asked.push(query)
        return next(query.text)
      }
      return { query, release, on: () => {}, removeListener: () => {} }
    },
  }
  const engine = pooledEngine(pgDriver(pool, prepare), { deadline: DEADLINE, maxWaiting, timing })
  return { engine, asked, clients, waits, alarms, pass, texts: () => asked.map(({ text }) => text) }
}

const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error,
  )

/** Lets everything that waits for nothing but its turn go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('R7 a statement that loses against another transaction', () => {
  it.each(['40001', '40P01', '55P03'])('is tried again (%s), over the connection that it had', async (code) => {
    const { engine, clients, waits } = scripted({ [WRITE.text]: [sqlState(code), sqlState(code)] })
    expect(await engine.run(WRITE, [])).toEqual({ lines: [], changed: 1 })
    expect(waits.length).toBe(2)
    expect(clients).toEqual({ open: 0, given: 3, discarded: 0 })
  })

  it('is tried three times more at most, within 200 ms, and is unavailable then', async () => {
    const { engine, waits, texts } = scripted({ [WRITE.text]: Array(9).fill(sqlState('40001')) })
    await expect(engine.run(WRITE, [])).rejects.toMatchObject({ code: 'unavailable', cause: { code: '40001' } })
    expect(texts().filter((text) => text === WRITE.text).length).toBe(4)
    expect(waits.length).toBe(3)
    expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThanOrEqual(200)
  })

  it('R34 is tried again at READ COMMITTED, where it waits for the other one', async () => {
    const { engine, texts } = scripted({ [WRITE.text]: [sqlState('40001')] })
    await engine.run(WRITE, [])
    expect(texts()).toEqual([WRITE.text, 'BEGIN ISOLATION LEVEL READ COMMITTED', WRITE.text, 'COMMIT'])
  })

  it('takes its whole batch along', async () => {
    const { engine, texts } = scripted({ COMMIT: [sqlState('40001')] })
    const steps = [{ statement: WRITE, values: [] }]
    expect(await engine.batch(steps)).toMatchObject({ ended: undefined })
    expect(texts()).toEqual(['BEGIN', WRITE.text, 'COMMIT', 'ROLLBACK', 'BEGIN', WRITE.text, 'COMMIT'])
  })
})

describe('R6 a connection that breaks', () => {
  it('loses the answer of a write, and the connection is discarded', async () => {
    const { engine, asked, clients } = scripted({ [WRITE.text]: [RESET] })
    expect(await settled(engine.run(WRITE, []))).toBeInstanceOf(AnswerLost)
    expect(asked.length).toBe(1)
    expect(clients).toEqual({ open: 0, given: 0, discarded: 1 })
  })

  it.each([
    ['a reset', RESET],
    ['a backend that was terminated', sqlState('57P01')],
    ['an error of class 08', sqlState('08006')],
    ['what is no error at all', Object.assign(new Error(), { message: undefined })],
  ])('costs a read a second try over another one: %s', async (_, error) => {
    const { engine, clients } = scripted({ [READ.text]: [error] })
    expect(await settled(engine.run(READ, [], { repeatable: true }))).toBe('done')
    expect(clients).toEqual({ open: 0, given: 1, discarded: 1 })
  })

  it('was of no use before anything was sent: it is tried again', async () => {
    const dead = new Error('Client has encountered a connection error and is not queryable')
    const { engine, clients } = scripted({ connect: [RESET], [WRITE.text]: [dead] })
    expect(await settled(engine.run(WRITE, []))).toBe('done')
    expect(clients).toEqual({ open: 0, given: 1, discarded: 1 })
  })

  it('in a batch has undone it, unless the end had been asked for', async () => {
    const steps = [{ statement: WRITE, values: [] }]
    const before = scripted({ [WRITE.text]: [RESET], ROLLBACK: [RESET] })
    expect(await settled(before.engine.batch(steps))).toBe('done')
    expect(before.clients).toEqual({ open: 0, given: 1, discarded: 1 })
    const after = scripted({ COMMIT: [RESET] })
    expect(await settled(after.engine.batch(steps))).toBeInstanceOf(AnswerLost)
    expect(after.clients).toEqual({ open: 0, given: 0, discarded: 1 })
  })

  it('is not given back where a transaction could not be rolled back', async () => {
    const { engine, clients } = scripted({ [WRITE.text]: [sqlState('22001')], ROLLBACK: [sqlState('25P02')] })
    expect(await settled(engine.batch([{ statement: WRITE, values: [] }]))).toMatchObject({ code: 'unavailable' })
    expect(clients).toEqual({ open: 0, given: 0, discarded: 1 })
  })
})

describe('R31 a database that does not answer', () => {
  it('is unavailable to a read, and lost an answer to a write; the connection is discarded', async () => {
    for (const [repeatable, error] of [
      [true, TokenloopError],
      [false, AnswerLost],
    ] as const) {
      const { engine, clients, pass } = scripted({ [WRITE.text]: [NEVER] })
      const outcome = settled(engine.run(WRITE, [], { repeatable }))
      await turn()
      pass()
      expect(((await outcome) as Error).constructor).toBe(error)
      expect(clients).toEqual({ open: 0, given: 0, discarded: 1 })
    }
  })

  it('is unavailable to whoever waits for a connection, which is given back when it comes at last', async () => {
    let arrive = (_: object) => {}
    const late = new Promise<never>((resolve) => {
      arrive = resolve as typeof arrive
    })
    const { engine, clients, pass, texts } = scripted({ connect: [late] })
    const outcome = settled(engine.run(WRITE, []))
    await turn()
    pass()
    expect(await outcome).toMatchObject({ code: 'unavailable' })
    expect(await outcome).not.toBeInstanceOf(AnswerLost)
    arrive({})
    await turn()
    expect(clients).toEqual({ open: 0, given: 1, discarded: 0 })
    expect(texts()).toEqual([])
  })

  it('has undone a batch whose end was not asked for', async () => {
    const { engine, pass, clients } = scripted({ [WRITE.text]: [NEVER] })
    const outcome = settled(engine.batch([{ statement: WRITE, values: [] }]))
    await turn()
    pass()
    expect(await outcome).not.toBeInstanceOf(AnswerLost)
    expect(clients).toEqual({ open: 0, given: 0, discarded: 1 })
  })
})

describe('deadlines', () => {
  it('are one alarm for all calls, and none once nobody waits; each call has as long as any other', async () => {
    const { engine, pass, alarms } = scripted({ [WRITE.text]: [NEVER, NEVER] })
    const over: string[] = []
    const call = (name: string, statement: typeof READ) =>
      settled(engine.run(statement, [])).then(() => over.push(name))
    await call('read', READ)
    pass(DEADLINE / 2)
    call('first', WRITE)
    pass(DEADLINE / 4)
    call('second', WRITE)
    expect(alarms.length).toBe(1)
    for (const [wait, ended] of [
      [DEADLINE / 4, ['read']],
      [DEADLINE / 2, ['read', 'first']],
      [DEADLINE / 4, ['read', 'first', 'second']],
    ] as const) {
      pass(wait)
      await turn()
      expect(over).toEqual(ended)
      expect(alarms.length).toBe(ended.length < 3 ? 1 : 0)
    }
  })

  it('keep a process for as long as somebody waits, who is told then, and no longer', async () => {
    const { engine, pass, alarms } = scripted({ connect: [{}, NEVER] })
    await engine.run(READ, [])
    expect(alarms).toMatchObject([{ isHeld: false }])
    const outcome = settled(engine.run(READ, []))
    expect(alarms).toMatchObject([{ isHeld: true }])
    pass()
    expect(await outcome).toMatchObject({ code: 'unavailable' })
    expect(alarms).toEqual([])
  })

  it('are kept though an alarm be lost', async () => {
    const { engine, pass, alarms } = scripted({ [WRITE.text]: [NEVER] })
    await engine.run(READ, [])
    alarms.splice(0)
    pass(DEADLINE + 1)
    const outcome = settled(engine.run(WRITE, []))
    await turn()
    pass()
    expect(await outcome).toBeInstanceOf(AnswerLost)
  })

  it('stay one alarm where calls begin while one is late, which then is the end of nobody too early', async () => {
    const { engine, pass, alarms } = scripted({ [WRITE.text]: Array(9).fill(NEVER) })
    let over = 0
    const call = () => settled(engine.run(WRITE, [])).then(() => over++)
    call()
    for (let round = 1; round < 5; round++) {
      const late = alarms.splice(0)
      pass(DEADLINE + 1)
      call()
      await turn()
      expect(over).toBe(round)
      alarms.unshift(...late)
      pass(0)
      await turn()
      expect(over).toBe(round)
      expect(alarms.length).toBe(1)
    }
  })
})

describe('a pool', () => {
  it('R32 has no more callers waiting than it may', async () => {
    const { engine } = scripted({ connect: Array(50).fill(NEVER) }, { maxWaiting: 3 })
    const calls = Array.from({ length: 4 }, () => settled(engine.run(READ, [])))
    expect(await Promise.race(calls)).toMatchObject({
      code: 'unavailable',
      message: 'too many calls wait for a connection',
    })
  })

  it('is asked for the next connection when the server only reads', async () => {
    const { engine, clients, asked } = scripted({ [WRITE.text]: [sqlState('25006')] })
    await expect(engine.run(WRITE, [])).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the database is read-only',
    })
    expect(clients).toEqual({ open: 0, given: 0, discarded: 1 })
    expect(asked.length).toBe(1)
  })

  it('prepares statements under their names, unless it may not', async () => {
    const [prepared, unprepared] = [scripted(), scripted({}, { prepare: false })]
    for (const { engine } of [prepared, unprepared]) {
      await engine.run(READ, [1])
      await engine.run({ name: '', text: 'CREATE' }, [])
    }
    expect(prepared.asked).toMatchObject([{ name: 'read', text: READ.text, values: [1] }, { text: 'CREATE' }])
    expect(prepared.asked[1]).not.toHaveProperty('name')
    for (const query of unprepared.asked) expect(query).not.toHaveProperty('name')
  })

  it('tells which key was taken and what is not there, and no value of any row', async () => {
    const detail = 'Key (name)=(secret) already exists.'
    const taken = (constraint: string) => sqlState('23505', { constraint, detail, message: detail })
    const { engine } = scripted({
      [WRITE.text]: [taken('token_pk'), taken('token_by_name'), sqlState('42P01'), sqlState('XX001')],
    })
    const [primary, other, missing, corrupt] = [
      await settled(engine.run(WRITE, [])),
      await settled(engine.run(WRITE, [])),
      await settled(engine.run(WRITE, [])),
      await settled(engine.run(WRITE, [])),
    ]
    expect(primary).toMatchObject({ key: 'token_pk', isPrimary: true })
    expect(other).toMatchObject({ key: 'token_by_name', isPrimary: false })
    expect(primary).toBeInstanceOf(DuplicateKey)
    expect(String(primary) + primary.cause + JSON.stringify(primary.cause)).not.toContain('secret')
    expect(missing).toMatchObject({ code: 'unavailable', message: 'a table is not there' })
    expect(corrupt).toMatchObject({ code: 'store_corrupt' })
  })
})
