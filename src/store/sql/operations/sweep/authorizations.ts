import type { Body } from '../../body.js'
import type { Dialect } from '../../engine.js'
import type { Table } from '../../tables.js'
import { type Broom, inTurn, keysOf, postponement, removal } from './broom.js'

const PATH = '$.refresh.salt'
const PG_PATH = `it.data #>> '{refresh,salt,keepUntil}'`

/** Until when an authorization `it` is kept once its salt is gone; null where it has none. What is no JSON any more says nothing. */
const UNTIL: { readonly [D in Dialect]: string } = {
  postgres: `CASE WHEN ${PG_PATH} ~ '^[0-9]{1,15}$' THEN (${PG_PATH})::bigint END`,
  mysql: `CASE WHEN JSON_VALID(it.data) THEN CASE WHEN JSON_TYPE(JSON_EXTRACT(it.data, '${PATH}.keepUntil')) = 'INTEGER' THEN CAST(JSON_EXTRACT(it.data, '${PATH}.keepUntil') AS SIGNED) END END`,
  sqlite: `CASE WHEN json_valid(it.data) THEN CASE WHEN json_type(it.data, '${PATH}.keepUntil') = 'integer' THEN it.data ->> '${PATH}.keepUntil' END END`,
}

/** The record without its salt. */
const ERASED: { readonly [D in Dialect]: string } = {
  postgres: `(it.data::jsonb #- '{refresh,salt}')::json`,
  mysql: `JSON_REMOVE(it.data, '${PATH}')`,
  sqlite: `json_remove(it.data, '${PATH}')`,
}

/** An authorization that is due loses its salt, where it has one, and goes when it is due again. */
export function authorizationBroom(body: Body, table: Table): Broom {
  const name = body.name(table)
  const until = UNTIL[body.engine.dialect]
  const [isDue, hasNone] = ['it.keep_until <= :cut', `${until} IS NULL`]
  const rows = `SELECT ${keysOf(body, table)} FROM ${name} AS it WHERE ${isDue} AND ${hasNone} ORDER BY it.keep_until LIMIT :most${body.grammar.skip}`
  return {
    name: table.name,
    due: `SELECT 1 FROM ${name} WHERE keep_until <= :now`,
    sweep: inTurn([
      postponement(body, {
        table,
        alias: 'it',
        where: [isDue, `${until} IS NOT NULL`],
        until,
        data: ERASED[body.engine.dialect],
      }),
      removal(body, { table, kind: 'authorization', rows, still: `${isDue} AND ${hasNone}` }),
    ]),
  }
}
