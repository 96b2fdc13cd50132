import type { Body } from '../../body.js'
import type { Dialect } from '../../engine.js'
import { COUNTERS, type Table, USES } from '../../tables.js'

/** What a table loses when it is swept: which of its rows are due, and how at most `:most` of them go. */
export interface Broom {
  readonly name: string
  /** Finds a row that is due now. */
  readonly due: string
  sweep(sweep: Sweep): Promise<number>
}

/** Until when what is due goes: the store's time as the sweep began, so that each part of it finds the same. */
export interface Sweep {
  readonly cut: number
  readonly most: number
}

/** Rows that are to go. */
export interface Doomed {
  readonly table: Table
  /** Of which kind the records are, so that their use and what they spent goes with them; absent for what is no record. */
  readonly kind?: string | undefined
  /** Finds the keys of at most `:most` that are due at `:cut`, none of which another one has locked. */
  readonly rows: string
  /** That a row `it` which was found before is due still. */
  readonly still: string
}

/** Sees to some of what is due, and says how many rows that were. */
export type Part = (sweep: Sweep) => Promise<number>

/** One part after the other, no more than a sweep may. */
export const inTurn =
  (parts: readonly Part[]): Part =>
  async ({ cut, most }) => {
    let done = 0
    for (const part of parts) if (done < most) done += await part({ cut, most: most - done })
    return done
  }

/** What hangs on a record by its kind and id. */
const ATTACHED = [USES, COUNTERS]

/** The rows of a table whose time has come, first due first. */
export function rowBroom(body: Body, table: Table, column: string, kind?: string): Broom {
  const name = body.name(table)
  const rows = `SELECT ${keysOf(body, table)} FROM ${name} AS it WHERE it.${column} <= :cut ORDER BY it.${column} LIMIT :most${body.grammar.skip}`
  return {
    name: table.name,
    due: `SELECT 1 FROM ${name} WHERE ${column} <= :now`,
    sweep: removal(body, { table, kind, rows, still: `it.${column} <= :cut` }),
  }
}

export const removal = (body: Body, doomed: Doomed): Part =>
  ({ postgres: inOneStatement, mysql: byTheirKeys, sqlite: inOneTransaction })[body.engine.dialect](body, doomed)

/** The key of a row `it`. */
export const keysOf = (body: Body, { key }: Table) =>
  key.map((name) => `${body.grammar.cell('key', `it.${name}`)} AS ${name}`).join(', ')

const same = ({ key }: Table, a: string, b: string) =>
  key.map((column) => `${a}.${column} = ${b}.${column}`).join(' AND ')

const attachedTo = (kind: string | undefined) => (kind === undefined ? [] : ATTACHED)

function inOneStatement(body: Body, { table, kind, rows }: Doomed): Part {
  const parts = [
    `due AS (${rows})`,
    `gone AS (DELETE FROM ${body.name(table)} AS it USING due WHERE ${same(table, 'it', 'due')} RETURNING ${table.key.map((name) => `it.${name}`).join(', ')})`,
    ...attachedTo(kind).map(
      (other, i) =>
        `attached${i} AS (DELETE FROM ${body.name(other)} WHERE kind = '${kind}' AND id IN (SELECT id FROM gone))`,
    ),
  ]
  const query = body.query(`WITH ${parts.join(', ')} SELECT count(*) AS removed FROM gone`)
  return async (sweep) => Number((await body.run(query, { ...sweep })).lines[0]?.removed)
}

/** The same rows are due from the first statement to the last. */
function inOneTransaction(body: Body, { table, kind, rows }: Doomed): Part {
  const queries = [
    ...attachedTo(kind).map((other) => `DELETE FROM ${body.name(other)} WHERE kind = '${kind}' AND id IN (${rows})`),
    `DELETE FROM ${body.name(table)} WHERE (${table.key.join(', ')}) IN (${rows})`,
  ].map(body.query)
  return async (sweep) => {
    const { answers } = await body.engine.batch(queries.map((query) => body.step(query, { ...sweep })))
    return answers.at(-1)?.changed ?? 0
  }
}

/**
 * Rows are chosen first, and removed by their keys as far as they are still due: MariaDB leaves out what is locked where it only
 * reads, and waits for it in the same words where it removes. Nodes that choose at once choose the same, so whoever finds all of it
 * locked leaves it to the other one. Each row is looked up by its key, since all that is gone through on the way to it is locked as
 * well.
 */
function byTheirKeys(body: Body, { table, kind, rows, still }: Doomed): Part {
  const choose = body.query(rows)
  const due = `${chosenRows(body, table)} AND ${still}`
  const lock = body.query(`SELECT 1 AS due FROM ${due}${body.grammar.skip}`)
  const queries = [
    ...attachedTo(kind).map(
      (other) =>
        `DELETE other FROM ${due} JOIN ${body.name(other)} AS other ON other.kind = '${kind}' AND other.id = it.id`,
    ),
    `DELETE it FROM ${due}`,
  ].map(body.query)
  return async (sweep) => {
    const { lines } = await body.read(choose, { ...sweep })
    if (lines.length === 0) return 0
    const chosen = JSON.stringify(lines.map((line) => Object.fromEntries(table.key.map((name) => [name, line[name]]))))
    const args = { keys: chosen, cut: sweep.cut }
    const { ended, answers } = await body.engine.batch([
      body.step(lock, args, 'taken'),
      ...queries.map((query) => body.step(query, args)),
    ])
    return ended === undefined ? (answers.at(-1)?.changed ?? 0) : 0
  }
}

/** The rows of `:keys`, each as `it`. */
function chosenRows(body: Body, table: Table): string {
  const keys = Object.fromEntries(table.key.map((name) => [name, 'key' as const]))
  return `${body.grammar.rows(':keys', 'chosen', keys)} STRAIGHT_JOIN ${body.name(table)} AS it FORCE INDEX (PRIMARY) ON ${same(table, 'it', 'chosen')}`
}

/** Rows that are due, stay, and are due at another time from then on. */
export interface Postponed {
  readonly table: Table
  /** How its rows are called in the other members. */
  readonly alias: string
  readonly where: readonly string[]
  /** When they are due next, or `NULL` for never. */
  readonly until: string
  /** What becomes of the open part of the record `it`. */
  readonly data?: string
}

const AS_SEEN = 'it.id = chosen.id AND it.version = chosen.seen'
const POSTPONE: { readonly [D in Dialect]: (table: string, chosen: string, set: string) => string } = {
  postgres: (table, chosen, set) => `UPDATE ${table} AS it SET ${set} FROM ${chosen} WHERE ${AS_SEEN}`,
  mysql: (table, chosen, set) =>
    `UPDATE ${chosen} STRAIGHT_JOIN ${table} AS it FORCE INDEX (PRIMARY) ON ${AS_SEEN} SET ${set}`,
  sqlite: (table, chosen, set) => `UPDATE ${table} AS it SET ${set} FROM ${chosen} WHERE ${AS_SEEN}`,
}

/** Rows are chosen first, and changed as far as they are still as they were seen. */
export function postponement({ engine, grammar, query, name, read, run }: Body, postponed: Postponed): Part {
  const { table, alias, where, until, data } = postponed
  const found = `${grammar.cell('key', `${alias}.id`)} AS id, ${alias}.version AS seen, ${until} AS until`
  const choose = query(
    `SELECT ${found} FROM ${name(table)} AS ${alias} WHERE ${where.join(' AND ')} ORDER BY ${alias}.keep_until LIMIT :most${grammar.skip}`,
  )
  const chosen = grammar.rows(':keys', 'chosen', { id: 'key', seen: 'integer', until: 'integer' })
  const set = ['keep_until = chosen.until', 'version = version + 1', ...(data === undefined ? [] : [`data = ${data}`])]
  const change = query(POSTPONE[engine.dialect](name(table), chosen, set.join(', ')))
  return async (sweep) => {
    const { lines } = await read(choose, { ...sweep })
    return lines.length === 0 ? 0 : (await run(change, { keys: JSON.stringify(lines) })).changed
  }
}
