import type { TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { CHANGES, COUNTERS, EVENTS, FEED, ONCES, RECORDS, type Table, USES } from '../tables.js'
import { FEED_REACHES_BACK } from './changes.js'

/** Never more in one batch, whatever is asked for: it is to be over soon. */
const MOST = 1000

/** What a table loses when it is swept: which of its rows are due, and how at most `:most` of them go. */
interface Broom {
  readonly name: string
  /** Finds a row that is due now. */
  readonly due: string
  sweep(sweep: Sweep): Promise<number>
}

/** Until when what is due goes: the store's time as the sweep began, so that each part of it finds the same. */
interface Sweep {
  readonly cut: number
  readonly most: number
}

/**
 * Sweeps one table after the other, in short transactions. What another node is sweeping, or somebody is writing, is left out and
 * not waited for.
 */
export function sweepOperation(body: Body): Pick<TokenStore, 'sweep'> {
  const brooms: readonly Broom[] = [
    ...Object.entries(RECORDS).map(([kind, table]) => recordBroom(body, kind, table)),
    rowBroom(body, EVENTS, 'keep_until'),
    rowBroom(body, ONCES, 'expires_at'),
    feedBroom(body),
  ]
  const columns = brooms.map(({ name, due }) => `CASE WHEN EXISTS (${due}) THEN 1 ELSE 0 END AS ${name}`)
  const query = body.query(`SELECT :now AS now, ${columns.join(', ')}`)
  const look = async () => {
    const line = (await body.read(query, {})).lines[0] ?? {}
    return { cut: line.now as number, dirty: brooms.filter(({ name }) => Number(line[name]) > 0) }
  }
  return {
    async sweep(limit) {
      const most = Math.min(limit, MOST)
      const { cut, dirty } = await look()
      let removed = 0
      for (const broom of dirty) {
        if (removed < most) removed += await broom.sweep({ cut, most: most - removed })
      }
      // Where nothing could be removed, others are at it.
      return { removed, more: removed > 0 && (await look()).dirty.length > 0 }
    },
  }
}

const dueNow = (body: Body, table: Table, column: string) => `SELECT 1 FROM ${body.name(table)} WHERE ${column} <= :now`

/** The keys of rows that are due, first due first, none of which another one has locked. */
const dueRows = (body: Body, table: Table, column: string) =>
  `SELECT ${table.key.map((name) => `${body.grammar.cell('key', name)} AS ${name}`).join(', ')} FROM ${body.name(table)} WHERE ${column} <= :cut ORDER BY ${column} LIMIT :most${body.grammar.skip}`

const same = ({ key }: Table, a: string, b: string) =>
  key.map((column) => `${a}.${column} = ${b}.${column}`).join(' AND ')

/** Rows that nothing hangs on. */
function rowBroom(body: Body, table: Table, column: string): Broom {
  const due = dueNow(body, table, column)
  if (body.engine.dialect === 'mysql') return { name: table.name, due, sweep: mysqlSweep(body, table, column) }
  const name = body.name(table)
  const chosen = dueRows(body, table, column)
  const query = body.query(
    body.engine.dialect === 'postgres'
      ? `WITH due AS (${chosen}) DELETE FROM ${name} AS it USING due WHERE ${same(table, 'it', 'due')}`
      : `DELETE FROM ${name} WHERE (${table.key.join(', ')}) IN (${chosen})`,
  )
  return { name: table.name, due, sweep: async (sweep) => (await body.run(query, { ...sweep })).changed }
}

/** Records, with their use and what they spent. */
function recordBroom(body: Body, kind: string, table: Table): Broom {
  const column = 'keep_until'
  const sweep = { postgres: postgresSweep, mysql: mysqlSweep, sqlite: sqliteSweep }[body.engine.dialect]
  return { name: table.name, due: dueNow(body, table, column), sweep: sweep(body, table, column, kind) }
}

/** What hangs on a record by its kind and id. */
const ATTACHED = [USES, COUNTERS]

/** One statement. */
function postgresSweep(body: Body, table: Table, column: string, kind: string): Broom['sweep'] {
  const parts = [
    `due AS (${dueRows(body, table, column)})`,
    `gone AS (DELETE FROM ${body.name(table)} AS it USING due WHERE ${same(table, 'it', 'due')} RETURNING it.id)`,
    ...ATTACHED.map(
      (other, i) =>
        `attached${i} AS (DELETE FROM ${body.name(other)} WHERE kind = '${kind}' AND id IN (SELECT id FROM gone))`,
    ),
  ]
  const query = body.query(`WITH ${parts.join(', ')} SELECT count(*) AS removed FROM gone`)
  return async (sweep) => Number((await body.run(query, { ...sweep })).lines[0]?.removed)
}

/** One transaction, in which the same rows are due from the first statement to the last. */
function sqliteSweep(body: Body, table: Table, column: string, kind: string): Broom['sweep'] {
  const chosen = `id IN (${dueRows(body, table, column)})`
  const queries = [
    ...ATTACHED.map((other) => `DELETE FROM ${body.name(other)} WHERE kind = '${kind}' AND ${chosen}`),
    `DELETE FROM ${body.name(table)} WHERE ${chosen}`,
  ].map(body.query)
  return async (sweep) => {
    const { answers } = await body.engine.batch(queries.map((query) => body.step(query, { ...sweep })))
    return answers.at(-1)?.changed ?? 0
  }
}

/**
 * Rows are chosen first, and removed by their keys as far as they are still due: MariaDB leaves out what is locked where it only
 * reads, and waits for it in the same words where it removes. Each row is looked up by its key, since all that is gone through on
 * the way to it is locked as well.
 */
function mysqlSweep(body: Body, table: Table, column: string, kind?: string): Broom['sweep'] {
  const choose = body.query(dueRows(body, table, column))
  const keys = Object.fromEntries(table.key.map((name) => [name, 'key' as const]))
  const due =
    `${body.grammar.rows(':keys', 'chosen', keys)} STRAIGHT_JOIN ${body.name(table)} AS it FORCE INDEX (PRIMARY)` +
    ` ON ${same(table, 'it', 'chosen')} AND it.${column} <= :cut`
  const attached = kind === undefined ? [] : ATTACHED
  const queries = [
    ...(kind === undefined ? [] : [`SELECT 1 AS due FROM ${due} FOR UPDATE`]),
    ...attached.map(
      (other) =>
        `DELETE other FROM ${due} JOIN ${body.name(other)} AS other ON other.kind = '${kind}' AND other.id = it.id`,
    ),
    `DELETE it FROM ${due}`,
  ].map(body.query)
  return async (sweep) => {
    const { lines } = await body.read(choose, { ...sweep })
    if (lines.length === 0) return 0
    const chosen = JSON.stringify(lines.map((line) => Object.fromEntries(table.key.map((name) => [name, line[name]]))))
    const { answers } = await body.engine.batch(
      queries.map((query) => body.step(query, { keys: chosen, cut: sweep.cut })),
    )
    return answers.at(-1)?.changed ?? 0
  }
}

/** The feed loses its oldest entries and remembers how far. Whoever moves that end does it alone, and nobody waits for it. */
function feedBroom(body: Body): Broom {
  const [changes, feed] = [body.name(CHANGES), body.name(FEED)]
  const isOld = `at + ${FEED_REACHES_BACK} <= :cut`
  // Entries go in their order, up to the first one that is still needed.
  const oldest = (most: string) =>
    `SELECT number, at FROM ${changes} WHERE number > (SELECT number FROM ${feed} WHERE name = 'floor') ORDER BY number LIMIT ${most}`
  const needed = `SELECT MIN(number) FROM (${oldest(':most')}) AS oldest WHERE NOT ${isOld}`
  const next = `SELECT MAX(number) FROM (${oldest(':most')}) AS oldest WHERE number < COALESCE((${needed}), number + 1)`
  const move = `UPDATE ${feed} SET number = COALESCE((${next}), number) WHERE name = 'floor'`
  const steps = [
    body.query(`SELECT 1 AS free FROM ${feed} WHERE name = 'floor'${body.grammar.skip}`),
    body.query(move),
    body.query(`DELETE FROM ${changes} WHERE number <= (SELECT number FROM ${feed} WHERE name = 'floor')`),
  ]
  return {
    name: CHANGES.name,
    due: `SELECT 1 FROM (${oldest('1')}) AS oldest WHERE at + ${FEED_REACHES_BACK} <= :now`,
    async sweep(sweep) {
      const [free, ...others] = steps.map((query) => body.step(query, { ...sweep }))
      if (free === undefined) return 0
      const { ended, answers } = await body.engine.batch([{ ...free, unless: 'taken' }, ...others])
      return ended === undefined ? (answers.at(-1)?.changed ?? 0) : 0
    },
  }
}
