import { TokenloopError } from '../../../core/errors.js'
import type { Kind } from '../../records.js'
import type { Change, TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { CHANGES, FEED } from '../tables.js'

/** How long the feed reaches back: whoever has followed it within this time misses nothing. */
export const FEED_REACHES_BACK = 7 * 24 * 60 * 60 * 1000

/** The feed after a cursor, with both of its ends, as they are at one moment. */
export function changesOperation(body: Body): Pick<TokenStore, 'changes'> {
  const feed = body.name(FEED)
  const columns = CHANGES.columns.map(({ name, type }) => body.grammar.cell(type, `page.${name}`))
  const query = body.query(
    `SELECT last.number AS last, floor.number AS floor, CASE WHEN page.number IS NULL THEN NULL ELSE ${body.grammar.array(columns)} END AS it` +
      ` FROM ${feed} AS last JOIN ${feed} AS floor ON floor.name = 'floor'` +
      ` LEFT JOIN (SELECT * FROM ${body.name(CHANGES)} WHERE number > :cursor ORDER BY number LIMIT :most) AS page ON 1 = 1` +
      ` WHERE last.name = 'last' ORDER BY page.number`,
  )
  return {
    async changes(cursor, limit) {
      // What is no number of an entry is behind every feed.
      const from = Number.isSafeInteger(cursor) && cursor >= 0 ? cursor : -1
      const { lines } = await body.read(query, { cursor: from, most: limit })
      const [first] = lines
      // Without its ends nobody could say what is new, and nothing is fed: that nothing has changed would be a lie.
      if (first === undefined) throw new TokenloopError('store_corrupt', 'the revocation feed has lost its ends')
      const [last, floor] = [first.last as number, first.floor as number]
      if (from < floor || from > last) return { changes: [], cursor: last, reset: true }
      const changes = lines.flatMap(({ it }) => (it === null ? [] : changeOf(it as string)))
      return { changes, cursor: changes.at(-1)?.number ?? cursor, reset: false }
    },
  }
}

function changeOf(row: string): Change {
  const [number, at, kind, id, effect, status, epochs] = JSON.parse(row)
  return {
    number,
    at,
    kind: kind as Kind,
    id,
    effect,
    status,
    epochs: typeof epochs === 'string' ? JSON.parse(epochs) : epochs,
  }
}
