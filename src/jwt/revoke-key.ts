import { TokenloopError } from '../core/errors.js'
import { type Actor, actorRef } from '../core/subject.js'
import { checkText } from '../core/text.js'
import type { KeyContext } from './key-context.js'
import { announceSuccessor, openKey, readLine } from './key-line.js'
import { infoOf, type KeyInfo } from './key-view.js'
import { MOST_ATTEMPTS } from './rotate-key.js'
import { lastOf, revokedRecord, type StagedKey, stagesAt } from './stage.js'

/** Who ends a key, and why. */
export interface RevokeKeyInput {
  readonly by: Actor
  /** For the audit trail; at most 500 characters. */
  readonly reason?: string
}

/**
 * Ends a key at once. One write decides: it takes the key away and, with it, hands over to the one that signs from then on, which must
 * be there and unchanged for the write to take place. What comes before it only announces that one, as any rotation does. Rejects with
 * `not_found`, `key_unavailable`, `conflict`, `unavailable`, `invalid_input`.
 */
export async function revokeKey(context: KeyContext, kid: string, input: RevokeKeyInput): Promise<KeyInfo> {
  const { terms, store, audit, tell } = context
  const { by } = input
  actorRef(by)
  const reason =
    input.reason === undefined ? null : checkText(input.reason, { label: 'a reason', code: 'invalid_input', max: 500 })
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { rows, now } = await readLine(context)
    const keys = stagesAt(rows, now, terms)
    const revoked = keys.find(({ row }) => row.id === kid)
    if (revoked === undefined) throw new TokenloopError('not_found', 'no signing key has that id')
    if (revoked.row.record.stage === 'gone') return infoOf(revoked)
    const heir = heirOf(keys, revoked)
    // Nothing is revoked in favour of a key that could not sign, or made that other processes could not open.
    await openKey(context, (heir ?? revoked).row)
    if (heir === undefined) {
      await announceSuccessor(context, lastOf(keys).row, now, by)
      continue
    }
    const next = revokedRecord(revoked, now, terms)
    const event = audit(now, { type: 'key.revoked', by, about: kid, detail: { reason } })
    const outcome = await store.write('key', kid, revoked.row.version, next, {
      onlyIf: [{ kind: 'key', id: heir.row.id, version: heir.row.version }],
      event,
      change: { effect: 'ended', status: 'gone', epochs: {} },
    })
    if (outcome !== 'written') continue
    tell(event)
    return infoOf({ row: { ...revoked.row, record: next }, stage: 'gone' })
  }
  throw new TokenloopError('conflict', 'the signing keys keep changing')
}

/** Who signs once it is gone: the one that does anyway, or the successor of the one that did. */
const heirOf = (keys: readonly StagedKey[], { stage }: StagedKey): StagedKey | undefined =>
  keys.find((key) => key.stage === (stage === 'active' ? 'announced' : 'active'))
