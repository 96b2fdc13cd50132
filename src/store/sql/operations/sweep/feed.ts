import type { Body } from '../../body.js'
import { CHANGES, FEED } from '../../tables.js'
import { FEED_REACHES_BACK } from '../changes.js'
import type { Broom } from './broom.js'

/** The feed loses its oldest entries and remembers how far. Whoever moves that end does it alone, and nobody waits for it. */
export function feedBroom(body: Body): Broom {
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
