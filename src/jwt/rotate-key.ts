import { TokenloopError } from '../core/errors.js'
import type { Actor } from '../core/subject.js'
import type { KeyContext } from './key-context.js'
import { announceSuccessor, demandLine, openKey, take } from './key-line.js'
import { infoOf, type KeyInfo } from './key-view.js'
import { lastOf, stagesAt, stepsDue } from './stage.js'

/** Attempts before a change gives up on keys that keep moving. Each that fails means that somebody else's came first. */
export const MOST_ATTEMPTS = 20

/** Sees to it that the line has a successor, with a time of its own. Rejects with `key_unavailable`, `conflict`, `unavailable`. */
export async function rotateLine(context: KeyContext, by: Actor): Promise<KeyInfo> {
  const { terms } = context
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { rows, now } = await demandLine(context)
    const keys = stagesAt(rows, now, terms)
    const announced = keys.find(({ stage }) => stage === 'announced')
    if (announced !== undefined && announced.row.record.activeAt !== null) return infoOf(announced)
    const steps = stepsDue(keys, now, terms)
    for (const step of steps) await take(context, step, now)
    if (announced !== undefined || steps.length > 0) continue
    // Under a wrong sealing key nothing is made that other processes could not open.
    const active = keys.find(({ stage }) => stage === 'active')
    if (active !== undefined) await openKey(context, active.row)
    await announceSuccessor(context, lastOf(keys).row, now, by)
  }
  throw new TokenloopError('conflict', 'the signing keys keep changing')
}
