import { TokenloopError } from '../../../../core/errors.js'
import type { Kind } from '../../../records.js'
import type { TokenStore, WriteOutcome } from '../../../store.js'
import type { Body } from '../../body.js'
import { DuplicateKey } from '../../faults.js'
import { despiteLoss } from '../../lost.js'
import { EVENTS, RECORDS } from '../../tables.js'
import { batchWriter } from './batch.js'
import { type Plan, planOf } from './plan.js'
import { statementWriter } from './statement.js'

/**
 * Compares and sets. A write whose answer was lost is sent again, with its id: whichever of the two comes first takes place, and
 * the other one finds the version moved. Whose the row is tells its write id.
 */
export function writeOperation(body: Body): Pick<TokenStore, 'write'> {
  const attempt = body.engine.dialect === 'postgres' ? statementWriter(body) : batchWriter(body)
  const rowOf = body.queries((kind: Kind) => `SELECT version, write_id FROM ${body.name(RECORDS[kind])} WHERE id = :id`)
  const eventOf = body.query(`SELECT 1 AS kept FROM ${body.name(EVENTS)} WHERE id = :event_id`)

  const outcomeOf = async (plan: Plan): Promise<WriteOutcome> => {
    try {
      return await attempt(plan)
    } catch (error) {
      if (error instanceof DuplicateKey && !error.isPrimary) return 'duplicate'
      throw error
    }
  }

  /** Whether a write took place whose answer was lost, now that another try of it was refused. */
  const wasWritten = async ({ shape, args, writeId }: Plan): Promise<boolean> => {
    const [row] = (await body.read(rowOf(shape.kind), args)).lines
    if (row?.write_id === writeId) return true
    if (shape.keepsEvent) return (await body.read(eventOf, args)).lines.length > 0
    const version = (row?.version ?? 0) as number
    const next = (args.expected as number) + 1
    // Nobody can tell whether it took place before another one did.
    if (shape.put === 'remove' || shape.put === 'keep' || version > next || (row === undefined && next > 1)) {
      throw new TokenloopError('unavailable', 'the answer to a write was lost')
    }
    return false
  }

  return {
    async write(kind, id, expected, next, options = {}) {
      const plan = planOf(kind, id, expected, next, options)
      if (plan === undefined) return 'conflict'
      return despiteLoss(async (wasLost) => {
        const outcome = await outcomeOf(plan)
        return wasLost && outcome === 'conflict' && (await wasWritten(plan)) ? 'written' : outcome
      })
    },
  }
}
