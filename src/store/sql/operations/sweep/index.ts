import type { TokenStore } from '../../../store.js'
import type { Body } from '../../body.js'
import { systemTiming } from '../../deadline.js'
import { EVENTS, ONCES, RECORDS } from '../../tables.js'
import { accountBroom } from './accounts.js'
import { authorizationBroom } from './authorizations.js'
import { type Broom, rowBroom } from './broom.js'
import { feedBroom } from './feed.js'

/** Never more in one batch, whatever is asked for: it is to be over within 50 ms, also where nothing is in memory. */
const MOST = 250

/** SQLite and PGlite answer in this very process: whoever sweeps one batch after the other must not keep everybody else from it. */
const turnOfOthers = () => new Promise<void>((resolve) => systemTiming.after(0, resolve))

/**
 * Sweeps one table after the other, in short transactions. What another node is sweeping, or somebody is writing, is left out and
 * not waited for.
 */
export function sweepOperation(body: Body): Pick<TokenStore, 'sweep'> {
  const { account, authorization, ...others } = RECORDS
  const brooms: readonly Broom[] = [
    ...Object.entries(others).map(([kind, table]) => rowBroom(body, table, 'keep_until', kind)),
    authorizationBroom(body, authorization),
    accountBroom(body, account),
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
      await turnOfOthers()
      const most = Math.min(limit, MOST)
      const { cut, dirty } = await look()
      let removed = 0
      for (const broom of dirty) {
        if (removed < most) removed += await broom.sweep({ cut, most: most - removed })
      }
      // Where nothing could be removed, others are at it.
      return { removed, more: removed === most || (removed > 0 && (await look()).dirty.length > 0) }
    },
  }
}
