import type { Body } from '../../body.js'
import type { Dialect } from '../../engine.js'
import { RECORDS, type Table } from '../../tables.js'
import { type Broom, keysOf, type Removal, removal } from './broom.js'

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

  const parts: readonly Removal[] = [
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
    settlement(
      body,
      accounts,
      ROLES.map((role) => `NOT EXISTS (SELECT 1 FROM ${name(tokens)} AS it WHERE ${isOver(role)})`),
    ),
  ]
  return {
    name: accounts.name,
    due: `SELECT 1 FROM ${name(accounts)} WHERE keep_until <= :now`,
    async sweep({ cut, most }) {
      let done = 0
      for (const part of parts) if (done < most) done += await part({ cut, most: most - done })
      return done
    },
  }
}

const SETTLED = 'keep_until = NULL, version = version + 1'
const AS_SEEN = 'it.id = chosen.id AND it.version = chosen.seen'
/** How accounts become due no more, each as it was `seen`. */
const SETTLE: { readonly [D in Dialect]: (accounts: string, chosen: string) => string } = {
  postgres: (accounts, chosen) => `UPDATE ${accounts} AS it SET ${SETTLED} FROM ${chosen} WHERE ${AS_SEEN}`,
  mysql: (accounts, chosen) =>
    `UPDATE ${chosen} STRAIGHT_JOIN ${accounts} AS it FORCE INDEX (PRIMARY) ON ${AS_SEEN} SET ${SETTLED}`,
  sqlite: (accounts, chosen) => `UPDATE ${accounts} AS it SET ${SETTLED} FROM ${chosen} WHERE ${AS_SEEN}`,
}

/** Accounts that are due, and of which none is left. One that was cut off again meanwhile has moved, and stays due. */
function settlement(body: Body, accounts: Table, noneIsLeft: readonly string[]): Removal {
  const { engine, grammar, name } = body
  const choose = body.query(
    `SELECT ${grammar.cell('key', 'holder.id')} AS id, holder.version AS seen FROM ${name(accounts)} AS holder` +
      ` WHERE ${[IS_DUE, ...noneIsLeft].join(' AND ')} ORDER BY holder.keep_until LIMIT :most${grammar.skip}`,
  )
  const chosen = grammar.rows(':keys', 'chosen', { id: 'key', seen: 'integer' })
  const settle = body.query(SETTLE[engine.dialect](name(accounts), chosen))
  return async (sweep) => {
    const { lines } = await body.read(choose, { ...sweep })
    return lines.length === 0 ? 0 : (await body.run(settle, { keys: JSON.stringify(lines) })).changed
  }
}
