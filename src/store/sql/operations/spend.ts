import { TokenloopError } from '../../../core/errors.js'
import { type Counter, type Counters, nothingLeft, spendFrom } from '../../budget.js'
import type { Kind } from '../../records.js'
import type { Budget, Spent, TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { DuplicateKey } from '../faults.js'
import { keyText, sought } from '../rows.js'
import type { Arguments } from '../statement.js'
import { COUNTERS, RECORDS } from '../tables.js'
import { spendingSql } from './spending.js'

/** What was found when a holder was asked: its counters, if it is there, and whether they have been changed. */
interface Asked {
  readonly now: number
  /** JSON; `undefined` for a holder that does not exist. */
  readonly counters: string | undefined
  readonly changed: boolean
}

/** Somebody else was the first to spend of a holder at the same moment: it is asked again. */
const RACED = Symbol('raced')

type Ask = (kind: Kind, args: Arguments) => Promise<Asked | typeof RACED>

/** The database decides, under the lock of the holder's one row; what the caller is told follows from the counters it found. */
export function spendOperation(body: Body): Pick<TokenStore, 'spend'> {
  const ask = { postgres: askPostgres, mysql: askMysql, sqlite: askSqlite }[body.engine.dialect](body)
  return {
    async spend(kind, id, budgets) {
      const args = { id: sought(id), budgets: JSON.stringify(budgets.map(asArgument)) }
      for (let tries = 0; tries < 3; tries++) {
        const asked = await ask(kind, args)
        if (asked !== RACED) return spentOf(asked, budgets)
      }
      throw new TokenloopError('unavailable', 'the counters of a holder come and go')
    },
  }
}

const asArgument = ({ name, limit, every, refill, cost }: Budget) => ({
  name: keyText(name, 'the name of a limit'),
  most: limit,
  period: every,
  refill,
  cost,
})

function spentOf({ now, counters, changed }: Asked, budgets: readonly Budget[]): Spent {
  if (counters === undefined) return { now, ok: false, states: budgets.map(nothingLeft) }
  const before = countersOf(counters)
  const { ok, states } = spendFrom(before, budgets, now)
  if (ok === changed) return { now, ok, states }
  // MySQL tells the time anew for each statement: what was awaited came back between the one that looked and the one that wrote.
  const later = now + Math.max(...states.map(({ retryAfter }) => retryAfter ?? 0))
  const then = spendFrom(before, budgets, later)
  if (ok || !then.ok) throw new TokenloopError('unavailable', 'the database counts otherwise')
  return { now: later, ok: true, states: then.states }
}

function countersOf(json: string): Counters {
  const counters: readonly (Counter & { readonly name: string })[] = JSON.parse(json)
  return Object.fromEntries(counters.map(({ name, spent, since }) => [name, { spent, since }]))
}

const askedOf = ({ now, counters, changed }: { now?: unknown; counters?: unknown; changed?: unknown }): Asked => ({
  now: now as number,
  counters: (counters as string | null) ?? undefined,
  changed: Number(changed) > 0,
})

/** One statement. The row of a holder that has spent before is enough; that of one that has not is locked against removal. */
function askPostgres(body: Body): Ask {
  const table = body.name(COUNTERS)
  const queryOf = body.queries((kind: Kind) => {
    const { fits, after } = spendingSql(body, { from: 'basis', where: '1 = 1', counters: 'basis.counters' })
    return (
      `WITH had AS (SELECT counters FROM ${table} WHERE kind = '${kind}' AND id = :id FOR UPDATE),` +
      ` holder AS (SELECT 1 FROM ${body.name(RECORDS[kind])} WHERE id = :id AND version > 0 AND NOT EXISTS (SELECT 1 FROM had) FOR KEY SHARE),` +
      ` basis AS (SELECT counters FROM had UNION ALL SELECT '[]'::json FROM holder),` +
      ` next AS (SELECT (${after}) AS counters FROM basis WHERE ${fits}),` +
      ` changed AS (UPDATE ${table} AS it SET counters = next.counters FROM next WHERE it.kind = '${kind}' AND it.id = :id AND EXISTS (SELECT 1 FROM had) RETURNING 1),` +
      ` made AS (INSERT INTO ${table} (kind, id, counters) SELECT '${kind}', :id, next.counters FROM next, holder ON CONFLICT (kind, id) DO NOTHING RETURNING 1)` +
      ` SELECT :now AS now, (SELECT counters::text FROM basis) AS counters, (SELECT count(*) FROM next) AS fits,` +
      ` (SELECT count(*) FROM changed) + (SELECT count(*) FROM made) AS changed`
    )
  })
  return async (kind, args) => {
    const line = (await body.run(queryOf(kind), args)).lines[0] ?? {}
    return Number(line.fits) > 0 && Number(line.changed) === 0 ? RACED : askedOf(line)
  }
}

/** Two statements in a transaction that nobody else writes beside. */
function askSqlite(body: Body): Ask {
  const table = body.name(COUNTERS)
  const of = (kind: Kind, alias: string) => `${alias}.kind = '${kind}' AND ${alias}.id = :id`
  const holder = (kind: Kind) => `SELECT 1 FROM ${body.name(RECORDS[kind])} WHERE id = :id AND version > 0`
  const found = body.queries(
    (kind: Kind) =>
      `SELECT :now AS now, CASE WHEN EXISTS (${holder(kind)}) THEN COALESCE((SELECT had.counters FROM ${table} AS had WHERE ${of(kind, 'had')}), '[]') END AS counters`,
  )
  const change = body.queries((kind: Kind) => {
    const { fits, after } = spendingSql(body, {
      from: `${table} AS had`,
      where: of(kind, 'had'),
      counters: 'had.counters',
    })
    return (
      `INSERT INTO ${table} (kind, id, counters) SELECT '${kind}', :id, (${after}) WHERE EXISTS (${holder(kind)}) AND ${fits}` +
      ` ON CONFLICT (kind, id) DO UPDATE SET counters = excluded.counters`
    )
  })
  return async (kind, args) => {
    const timed = { ...body.moment(), ...args }
    const { answers } = await body.engine.batch([body.step(found(kind), timed), body.step(change(kind), timed)])
    return askedOf({ ...answers[0]?.lines[0], changed: answers[1]?.changed })
  }
}

/** Two statements in a transaction, under the lock of a row that is made before the first of them. */
function askMysql(body: Body): Ask {
  const table = body.name(COUNTERS)
  const of = (kind: Kind, alias: string) => `${alias}.kind = '${kind}' AND ${alias}.id = :id`
  const found = body.queries(
    (kind: Kind) => `SELECT :now AS now, it.counters FROM ${table} AS it WHERE ${of(kind, 'it')} FOR UPDATE`,
  )
  const change = body.queries((kind: Kind) => {
    const { fits, after } = spendingSql(body, {
      from: `${table} AS had`,
      where: of(kind, 'had'),
      counters: 'had.counters',
    })
    return (
      `UPDATE ${table} AS it JOIN (SELECT (${after}) AS counters, ${fits} AS fits) AS next` +
      ` SET it.counters = next.counters WHERE ${of(kind, 'it')} AND next.fits = 1 AND JSON_VALID(next.counters)`
    )
  })
  const make = body.queries(
    (kind: Kind) =>
      `INSERT INTO ${table} (kind, id, counters) SELECT '${kind}', it.id, '[]' FROM ${body.name(RECORDS[kind])} AS it` +
      ` WHERE it.id = :id AND it.version > 0 LOCK IN SHARE MODE`,
  )
  const time = body.query('SELECT :now AS now')

  const isMade = async (kind: Kind, args: Arguments): Promise<boolean> => {
    try {
      return (await body.run(make(kind), args)).changed > 0
    } catch (error) {
      if (error instanceof DuplicateKey) return true
      throw error
    }
  }

  return async (kind, args) => {
    const timed = { ...body.moment(), ...args }
    const { ended, answers } = await body.engine.batch([
      body.step(found(kind), timed, 'missing'),
      body.step(change(kind), timed),
    ])
    if (ended === undefined) return askedOf({ ...answers[0]?.lines[0], changed: answers[1]?.changed })
    return (await isMade(kind, args)) ? RACED : askedOf({ ...(await body.read(time, {})).lines[0] })
  }
}
