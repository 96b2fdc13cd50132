import { TokenloopError } from '../core/errors.js'
import { type Actor, actorRef } from '../core/subject.js'
import type { KeyContext } from './key-context.js'
import { openKey, openPrivateNumber, readLine } from './key-line.js'
import { MOST_ATTEMPTS } from './rotate-key.js'
import type { KeyRow } from './stage.js'

/**
 * Seals the private halves anew that are not under the first sealing key, and answers how many that were. Each is one write, conditional
 * on its row: whoever changed the row meanwhile came first, and it is read again. Rejects with `key_unavailable` for one that
 * cannot be opened, `conflict`, `unavailable`.
 */
export async function reseal(context: KeyContext, by: Actor): Promise<number> {
  actorRef(by)
  let count = 0
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { rows, now } = await readLine(context)
    const due = rows.filter(({ record: { sealed } }) => sealed !== null && sealed.key !== context.sealer.first)
    if (due.length === 0) return count
    for (const row of due) if (await resealRow(context, row, now, by)) count++
  }
  throw new TokenloopError('conflict', 'the signing keys keep changing')
}

async function resealRow(context: KeyContext, row: KeyRow, now: number, by: Actor): Promise<boolean> {
  const { sealer, store, audit, tell } = context
  const { id, version, record } = row
  // What is not the private half of this key must not be sealed as if it were.
  await openKey(context, row)
  const sealed = await sealer.seal(await openPrivateNumber(context, row), ['key', id])
  const event = audit(now, { type: 'key.resealed', by, about: id, detail: { sealedWith: sealed.key } })
  const outcome = await store.write('key', id, version, { ...record, sealed }, { event })
  if (outcome === 'written') tell(event)
  return outcome === 'written'
}
