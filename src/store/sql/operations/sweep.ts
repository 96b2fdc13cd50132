import type { TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { CHANGES, COUNTERS, EVENTS, FEED, ONCES, RECORDS, type Table, USES } from '../tables.js'
import { FEED_REACHES_BACK } from './changes.js'

/** Never more in one batch, whatever is asked for: it is to be over soon. */
const MOST = 1000

/** What a table loses when it is swept: which of its rows are due, and how at most `:most` of them go. */
interface Broom {
  readonly name: string
  readonly isDue: string
  sweep(most: number): Promise<number>
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
  const due = body.query(`SELECT ${brooms.map(({ name, isDue }) => `${isDue} AS ${name}`).join(', ')}`)
  const dirty = async () => {
    const [line] = (await body.read(due, {})).lines
    return brooms.filter(({ name }) => Number(line?.[name]) !== 0)
  }
  return {
    async sweep(limit) {
      const most = Math.min(limit, MOST)
      let removed = 0
      for (const broom of await dirty()) {
        if (removed < most) removed += await broom.sweep(most - removed)
      }
      // Where nothing could be removed, others are at it.
      return { removed, more: removed > 0 && (await dirty()).length > 0 }
    },
  }
}

const existsDue = (body: Body, table: Table, column: string) =>
  `CASE WHEN EXISTS (SELECT 1 FROM ${body.name(table)} WHERE ${column} <= :now) THEN 1 ELSE 0 END`

/** The keys of rows that are due, first due first, none of which another one has locked. */
const dueRows = (body: Body, table: Table, column: string) =>
  `SELECT ${table.key.join(', ')} FROM ${body.name(table)} WHERE ${column} <= :now ORDER BY ${column} LIMIT :most${body.grammar.skip}`

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
    isDue: existsDue(body, table, column),
    sweep: async (most) => (await body.run(query, { most })).changed,
  }
}

/** Records, with their use and what they spent. */
function recordBroom(body: Body, kind: string, table: Table): Broom {
  const name = body.name(table)
  const due = dueRows(body, table, 'keep_until')
  const attached = [USES, COUNTERS].map((other) => body.name(other))
  const broom = { name: table.name, isDue: existsDue(body, table, 'keep_until') }

  if (body.engine.dialect === 'postgres') {
    const query = body.query(
      `WITH due AS (${due}), gone AS (DELETE FROM ${name} AS it USING due WHERE it.id = due.id RETURNING it.id), ` +
        attached
          .map(
            (other, i) => `with${i} AS (DELETE FROM ${other} WHERE kind = '${kind}' AND id IN (SELECT id FROM gone))`,
          )
          .join(', ') +
        ' SELECT count(*) AS removed FROM gone',
    )
    return { ...broom, sweep: async (most) => Number((await body.run(query, { most })).lines[0]?.removed) }
  }

  const chosen = `(SELECT id FROM (${due}) AS due)`
  const steps = [
    body.query(due),
    ...attached.map((other) => body.query(`DELETE FROM ${other} WHERE kind = '${kind}' AND id IN ${chosen}`)),
    body.query(`DELETE FROM ${name} WHERE id IN ${chosen}`),
  ]
  return {
    ...broom,
    async sweep(most) {
      const { answers } = await body.engine.batch(steps.map((query) => body.step(query, { most })))
      return answers.at(-1)?.changed ?? 0
    },
  }
}

/** The feed loses its oldest entries and remembers how far. Whoever moves that end does it alone, and nobody waits for it. */
function feedBroom(body: Body): Broom {
  const [changes, feed] = [body.name(CHANGES), body.name(FEED)]
  const isOld = `at + ${FEED_REACHES_BACK} <= :now`
  // Entries go in their order, up to the first one that is still needed.
  const oldest = `(SELECT number, at FROM ${changes} ORDER BY number LIMIT :most) AS oldest`
  const first = `(SELECT number, at FROM ${changes} ORDER BY number LIMIT 1) AS first`
  const next = `SELECT MAX(number) FROM ${oldest} WHERE ${isOld} AND number < COALESCE((SELECT MIN(number) FROM ${oldest.replace('AS oldest', 'AS newer')} WHERE NOT ${isOld}), number + 1)`
  const move = `UPDATE ${feed} SET number = COALESCE((${next}), number) WHERE name = 'floor'`
  const steps = [
    body.query(`SELECT 1 AS free FROM ${feed} WHERE name = 'floor'${body.grammar.skip}`),
    body.query(move),
    body.query(`DELETE FROM ${changes} WHERE number <= (SELECT number FROM ${feed} WHERE name = 'floor')`),
  ]
  return {
    name: CHANGES.name,
    isDue: `CASE WHEN EXISTS (SELECT 1 FROM ${first} WHERE ${isOld}) THEN 1 ELSE 0 END`,
    async sweep(most) {
      const [free, ...others] = steps.map((query) => body.step(query, { most }))
      if (free === undefined) return 0
      const { ended, answers } = await body.engine.batch([{ ...free, unless: 'taken' }, ...others])
      return ended === undefined ? (answers.at(-1)?.changed ?? 0) : 0
    },
  }
}
