import { hash, randomBytes } from 'node:crypto'
import { BATCH, dueTokens, ID_LENGTH, PREFIX, TOKENS } from './ours.js'

/*
 * The least that the work can cost: a hash and one bare prepared statement on the same table. What it finds is not looked at.
 */

const CHECKSUM_LENGTH = 6

/** A value as it was read, as it is written. */
const bound = (value) =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? JSON.stringify(value) : value

export async function floor({ placeholder }, { ask, prepare }) {
  const [row] = await ask(`SELECT * FROM ${TOKENS} WHERE name = 'token 0' LIMIT 1`)
  const columns = Object.keys(row)
  const values = Object.values(row).map(bound)
  const insert = prepare(
    `INSERT INTO ${TOKENS} (${columns.join(', ')}) VALUES (${columns.map((_, i) => placeholder(i)).join(', ')})`,
  )
  const select = prepare(`SELECT * FROM ${TOKENS} WHERE id = ${placeholder(0)}`)
  const due = `SELECT id FROM ${TOKENS} WHERE keep_until <= ${placeholder(0)} ORDER BY keep_until LIMIT ${BATCH}`
  const remove = prepare(`DELETE FROM ${TOKENS} WHERE id IN (SELECT id FROM (${due}) AS due)`)
  return {
    async issue() {
      const body = PREFIX + randomBytes(24).toString('hex')
      hash('sha256', body, 'base64url')
      await insert([body.slice(0, ID_LENGTH), ...values.slice(1)])
      return body
    },
    async verify(text) {
      hash('sha256', text.slice(0, -CHECKSUM_LENGTH), 'base64url')
      return (await select([text.slice(0, ID_LENGTH)])) === 1
    },
    sweep: async () => remove([Date.now()]),
    due: (engine, link, round) => dueTokens(engine, link, 'f', round),
  }
}
