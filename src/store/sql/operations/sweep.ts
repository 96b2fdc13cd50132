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
  `SELECT ${table.key.join(', ')} FROM ${body.name(table)} WHERE ${column} <= :cut ORDER BY ${column} LIMIT :most${body.grammar.skip}`

const same = ({ key }: Table, a: string, b: string) =>
  key.map((column) => `${a}.${column} = ${b}.${column}`).join(' AND ')

/** Rows that nothing hangs on. */
function rowBroom(body: Body, table: Table, column: string): Broom {
  const name = body.name(table)
  const due = dueRows(body, table, column)
  const query = body.query(
    {
      postgres: `WITH due AS (${due}) DELETE FROM ${name} AS it USING due WHERE ${same(table, 'it', 'due')}`,
      mysql: `DELETE it FROM ${name} AS it JOIN (${due}) AS due ON ${same(table, 'it', 'due')}`,
      sqlite: `DELETE FROM ${name} WHERE (${table.key.join(', ')}) IN (${due})`,
    }[body.engine.dialect],
  )
  return {
    name: table.name,
    due: dueNow(body, table, column),
    sweep: async (sweep) => (await body.run(query, { ...sweep })).changed,
  }
}

/** Records, with their use and what they spent. */
function recordBroom(body: Body, kind: string, table: Table): Broom {
  const name = body.name(table)
  const due = dueRows(body, table, 'keep_until')
  const [uses, counters] = [body.name(USES), body.name(COUNTERS)]
  const broom = { name: table.name, due: dueNow(body, table, 'keep_until') }

  if (body.engine.dialect === 'postgres') {
    const ofGone = `kind = '${kind}' AND id IN (SELECT id FROM gone)`
    const query = body.query(
      `WITH due AS (${due}), gone AS (DELETE FROM ${name} AS it USING due WHERE it.id = due.id RETURNING it.id),` +
        ` unused AS (DELETE FROM ${uses} WHERE ${ofGone}), unspent AS (DELETE FROM ${counters} WHERE ${ofGone})` +
        ' SELECT count(*) AS removed FROM gone',
    )
    return { ...broom, sweep: async (sweep) => Number((await body.run(query, { ...sweep })).lines[0]?.removed) }
  }

  const attached = (alias: string) => `${alias}.kind = '${kind}' AND ${alias}.id = it.id`
  // MySQL goes through all of a table whose rows are to be IN a choice, and looks each of them up where they are joined to it.
  const removals =
    body.engine.dialect === 'mysql'
      ? [
          `DELETE it, used, counted FROM (${due}) AS due JOIN ${name} AS it ON it.id = due.id` +
            ` LEFT JOIN ${uses} AS used ON ${attached('used')} LEFT JOIN ${counters} AS counted ON ${attached('counted')}`,
        ]
      : [
          ...[uses, counters].map((other) => `DELETE FROM ${other} WHERE kind = '${kind}' AND id IN (${due})`),
          `DELETE FROM ${name} WHERE id IN (${due})`,
        ]
  const steps = [due, ...removals].map(body.query)
  return {
    ...broom,
    async sweep(sweep) {
      const { answers } = await body.engine.batch(steps.map((query) => body.step(query, { ...sweep })))
      return answers[0]?.lines.length ?? 0
    },
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
