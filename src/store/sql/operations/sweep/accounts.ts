import type { Body } from '../../body.js'
import type { Dialect } from '../../engine.js'
import { RECORDS, type Table } from '../../tables.js'
import { type Broom, inTurn, keysOf, type Part, postponement, removal } from './broom.js'

type Role = 'owner' | 'tenant'

/** Which tokens `it` hang on an account `holder`: its id is `type:id`. */
const HANGS: { readonly [R in Role]: string } = {
  owner: 'it.owner_id = SUBSTR(holder.id, LENGTH(holder.type) + 2) AND it.owner_kind = holder.type',
  tenant: `it.tenant = SUBSTR(holder.id, ${'tenant:'.length + 1}) AND holder.type = 'tenant'`,
}

/** That a token carries another epoch than its account has. What is no JSON any more says nothing. */
const HAS_OTHER_EPOCH: { readonly [D in Dialect]: (role: Role) => string } = {
  postgres: (role) => `it.data #>> '{epochs,${role}}' <> holder.tokens::text`,
  mysql: (role) => `CASE WHEN JSON_VALID(it.data) THEN JSON_EXTRACT(it.data, '$.epochs.${role}') END <> holder.tokens`,
  sqlite: (role) => `CASE WHEN json_valid(it.data) THEN it.data ->> '$.epochs.${role}' END <> holder.tokens`,
}

const IS_DUE = 'holder.keep_until <= :cut AND holder.version > 0'
const ROLES = Object.keys(HANGS) as Role[]

/**
 * What is due of an account is the tokens that ended with it. The account itself stays, and is due no more once none of them is
 * left; only a place that was kept for one goes.
 */
export function accountBroom(body: Body, accounts: Table): Broom {
  const { engine, grammar, name } = body
  const tokens = RECORDS.token
  const isOver = (role: Role) =>
    `${HANGS[role]} AND (holder.status = 'deleted' OR ${HAS_OTHER_EPOCH[engine.dialect](role)})`
  const lock = engine.dialect === 'postgres' ? ' FOR UPDATE OF it SKIP LOCKED' : grammar.skip
  const place = `it.keep_until <= :cut AND it.version = 0`

  const parts: readonly Part[] = [
    removal(body, {
      table: accounts,
      kind: 'account',
      rows: `SELECT ${keysOf(body, accounts)} FROM ${name(accounts)} AS it WHERE ${place} ORDER BY it.keep_until LIMIT :most${grammar.skip}`,
      still: place,
    }),
    ...ROLES.map((role) =>
      removal(body, {
        table: tokens,
        kind: 'token',
        rows: `SELECT ${keysOf(body, tokens)} FROM ${name(accounts)} AS holder JOIN ${name(tokens)} AS it ON ${isOver(role)} WHERE ${IS_DUE} LIMIT :most${lock}`,
        // What is over stays over.
        still: '1 = 1',
      }),
    ),
    // One that was cut off again meanwhile has moved, and stays due.
    postponement(body, {
      table: accounts,
      alias: 'holder',
      where: [IS_DUE, ...ROLES.map((role) => `NOT EXISTS (SELECT 1 FROM ${name(tokens)} AS it WHERE ${isOver(role)})`)],
      until: 'NULL',
    }),
  ]
  return {
    name: accounts.name,
    due: `SELECT 1 FROM ${name(accounts)} WHERE keep_until <= :now`,
    sweep: inTurn(parts),
  }
}
