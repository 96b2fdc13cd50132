import type { WriteOutcome } from '../../../store.js'
import type { Body } from '../../body.js'
import { RECORDS, type Table } from '../../tables.js'
import { changePart, eventPart, forgetParts, insertPlace, isPlace, numberPart, putPart, set } from './parts.js'
import { conditionValue, type Plan, type Shape } from './plan.js'

/**
 * A write as one statement, on PostgreSQL: each part is a `WITH` that waits for the one before it, so that rows are locked in
 * one order, and nothing is touched once a part finds that it must not.
 *
 * What decides is in the locked rows themselves, which are read anew once they are locked. So it is right at READ COMMITTED, where
 * the rest of the statement still sees what was there when it began.
 */
function textOf(body: Body, { kind, put, conditions, keepsEvent, feeds }: Shape): string {
  const parts: string[] = []
  const add = (name: string, sql: string) => {
    parts.push(`${name} AS (${sql})`)
    return `EXISTS (SELECT 1 FROM ${name})`
  }
  const lockPlace = (name: string, table: Table, id: string, when: string) =>
    add(
      name,
      `${insertPlace(body, table, id, when)} ON CONFLICT (id) DO UPDATE SET version = 0 WHERE ${isPlace('it')} RETURNING 1`,
    )

  let held = ''
  for (const [number, { kind, isThere }] of conditions.entries()) {
    const table = RECORDS[kind]
    const [id, version] = [conditionValue(number, 'id'), conditionValue(number, 'version')]
    held = isThere
      ? add(
          `held${number}`,
          `SELECT 1 FROM ${body.name(table)} WHERE id = :${id} AND version = :${version}${held && ` AND ${held}`} FOR SHARE`,
        )
      : lockPlace(`held${number}`, table, id, held)
  }
  const table = RECORDS[kind]
  const written =
    put === 'keep'
      ? lockPlace('put', table, 'id', held)
      : add('put', `${putPart(body, kind, put, held)}${put === 'insert' ? orFill(body, table) : ''} RETURNING 1`)
  if (put === 'remove') for (const [i, part] of forgetParts(body, kind, written).entries()) add(`forgotten${i}`, part)
  if (keepsEvent) add('kept', eventPart(body, written))
  if (feeds) {
    add('fed', `${numberPart(body, written)} RETURNING number`)
    add('entry', changePart(body, kind, 'fed'))
  }
  return `WITH ${parts.join(', ')} SELECT 1 AS written FROM put`
}

/** A record may come where only a place is kept. */
const orFill = (body: Body, table: Table) =>
  ` ON CONFLICT (id) DO UPDATE SET ${set(body, table)} WHERE ${isPlace('it')}`

export function statementWriter(body: Body): (plan: Plan) => Promise<WriteOutcome> {
  const queryOf = body.queries((shape: Shape) => textOf(body, shape))
  return async ({ shape, args }) => {
    const { lines } = await body.run(queryOf(shape), args)
    return lines.length === 0 ? 'conflict' : 'written'
  }
}
