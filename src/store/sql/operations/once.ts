import { randomBase62 } from '../../../core/base62.js'
import type { Entry } from '../../records.js'
import type { TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { DuplicateKey } from '../faults.js'
import { despiteLoss } from '../lost.js'
import { keyText, sought } from '../rows.js'
import type { Arguments } from '../statement.js'
import { ONCES } from '../tables.js'

const WRITE_ID_LENGTH = 16

/**
 * An insertion is decided by the key of its row. One that has expired is replaced by whoever comes first, which the row says: it is
 * his whose write id it has, so that an answer that was lost can be read back.
 */
export function insertOnceOperation(body: Body): Pick<TokenStore, 'insertOnce'> {
  const { grammar, engine } = body
  const table = body.name(ONCES)
  const columns = ONCES.columns.map(({ name }) => name).join(', ')
  const values = ONCES.columns.map((column) => (column.name === 'claim' ? 'NULL' : body.value(column))).join(', ')
  const set = ONCES.columns
    .filter(({ name }) => name !== 'kind' && name !== 'name')
    .map((column) => `${column.name} = ${column.name === 'claim' ? 'NULL' : body.value(column)}`)
    .join(', ')
  const insert = `INSERT INTO ${table}${grammar.target} (${columns}) SELECT ${values}`

  const upsert = body.query(
    `${insert} WHERE 1 = 1 ON CONFLICT (kind, name) DO UPDATE SET ${set} WHERE it.expires_at <= :now`,
  )
  const plain = body.query(insert)
  const replace = body.query(`UPDATE ${table} SET ${set} WHERE kind = :kind AND name = :name AND expires_at <= :now`)
  const writeIdOf = body.query(`SELECT write_id FROM ${table} WHERE kind = :kind AND name = :name`)

  const attempt = async (args: Arguments): Promise<boolean> => {
    if (engine.dialect !== 'mysql') return (await body.run(upsert, args)).changed > 0
    try {
      return (await body.run(plain, args)).changed > 0
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error
      return (await body.run(replace, args)).changed > 0
    }
  }

  return {
    async insertOnce(kind, key, value, expiresAt) {
      const args = {
        kind: keyText(kind, 'a kind'),
        name: keyText(key, 'a key'),
        write_id: randomBase62(WRITE_ID_LENGTH),
        value: JSON.stringify(value),
        expires_at: expiresAt,
      }
      const isOwn = async () => (await body.read(writeIdOf, args)).lines[0]?.write_id === args.write_id
      return despiteLoss(async (wasLost) => (await attempt(args)) || (wasLost && (await isOwn())))
    },
  }
}

/** A claim marks the entry, and is asked again as often as its answer is lost. */
export function takeOnceOperation(body: Body): Pick<TokenStore, 'takeOnce'> {
  const table = body.name(ONCES)
  const claimed = 'kind = :kind AND name = :name AND expires_at > :now'
  const mark = `UPDATE ${table} SET claim = COALESCE(claim, :claim) WHERE ${claimed} AND (claim IS NULL OR claim = :claim)`
  const returning = body.query(`${mark} RETURNING value`)
  const marking = body.query(mark)
  const reading = body.query(`SELECT value FROM ${table} WHERE ${claimed} AND claim = :claim`)

  return {
    async takeOnce(kind, key, claim) {
      const args = { kind: sought(kind), name: sought(key), claim: keyText(claim, 'a claim') }
      if (body.engine.dialect !== 'mysql') return entryOf((await body.run(returning, args, { repeatable: true })).lines)
      await body.run(marking, args, { repeatable: true })
      return entryOf((await body.read(reading, args)).lines)
    },
  }
}

const entryOf = (lines: readonly Readonly<Record<string, unknown>>[]): Entry | undefined =>
  lines[0] === undefined ? undefined : JSON.parse(lines[0].value as string)
