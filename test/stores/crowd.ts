import type { Kind } from '../../src/store/records.js'
import { GRAMMARS } from '../../src/store/sql/dialect.js'
import type { Ground } from '../../src/store/sql/ground.js'
import { createQuery } from '../../src/store/sql/statement.js'
import { EVENTS, RECORDS, type Table } from '../../src/store/sql/tables.js'

/** What the `n`th copy of a row has of its own, in SQL. */
export type Own = Readonly<Record<string, string>>

/** How many rows one statement makes. */
const AT_ONCE = 5_000

/**
 * Many rows at once, after the one that has the id `template`: each with an id, a place and, where it has any, a unique key of its
 * own. `column` of the copies is what `own` says, in which `series.n` counts them.
 */
export async function crowd(
  { engine, naming }: Ground,
  kind: Kind | 'event',
  rows: number,
  own: Own = {},
): Promise<void> {
  const grammar = GRAMMARS[engine.dialect]
  const table: Table = kind === 'event' ? EVENTS : RECORDS[kind]
  const name = naming.table(table.name)
  const counted = (text: string) =>
    engine.dialect === 'mysql' ? `CONCAT('${text}', series.n)` : `'${text}' || series.n`
  const values: Own = {
    id: counted(`${kind}_`),
    ordinal: 'series.n',
    ...(table.unique && { unique_key: counted('u_') }),
    ...own,
  }
  const columns = table.columns.map((column) => column.name)
  const { statement, bind } = createQuery(
    engine.dialect,
    `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${columns.map((column) => values[column] ?? `it.${column}`).join(', ')}` +
      ` FROM ${grammar.rows(grammar.typed('json', ':numbers'), 'series', { n: 'integer' })} CROSS JOIN ${name} AS it WHERE it.id = 'template'`,
  )
  for (let made = 0; made < rows; made += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, rows - made) }, (_, i) => ({ n: made + i + 1 }))
    await engine.run(statement, bind({ numbers: JSON.stringify(numbers) }), { deadline: 120_000 })
  }
}

/** Lets the database look at what it has, as it does by itself in time. */
export async function analyze({ engine, naming }: Ground): Promise<void> {
  const run = (text: string) => engine.run({ name: '', text }, [], { deadline: 60_000 })
  if (engine.dialect === 'mysql') {
    for (const { name } of [...Object.values(RECORDS), EVENTS]) await run(`ANALYZE TABLE ${naming.table(name)}`)
  } else await run('ANALYZE')
}
