import type { ClientRecord } from '../../store/records.js'
import type { Context } from '../context.js'
import { type ClientChange, changeClient } from './change.js'
import { giving } from './giving.js'
import { metadataOf } from './metadata.js'
import type { ClientChangeInput } from './types.js'

type Ending = (record: ClientRecord, now: number, context: Context) => ClientChange | undefined

/**
 * A client that is deleted, with all that hangs on it, from one write on. Of one that came by itself no more is kept than the audit trail
 * is; but that of a metadata document stays, so that its address is not a client again.
 */
export const ended: Ending = (record, now, { lifetimes }) => ({
  next: {
    ...record,
    status: 'deleted',
    epoch: record.epoch + 1,
    secrets: [],
    registration: null,
    keepUntil: record.origin === 'dynamic' ? Math.max(record.keepUntil ?? 0, now + lifetimes.audit) : null,
  },
  type: 'client.deleted',
  effect: 'ended',
})

/** What each way of stopping, resuming and ending does to a client; `undefined` where it is so already. */
const STANDINGS = {
  suspend: (record) =>
    record.status === 'suspended'
      ? undefined
      : { next: { ...record, status: 'suspended', keepUntil: null }, type: 'client.suspended', effect: 'paused' },
  resume: (record) =>
    record.status === 'active'
      ? undefined
      : { next: { ...record, status: 'active' }, type: 'client.resumed', effect: 'resumed' },
  delete: ended,
} satisfies Record<string, Ending>

/** Changes how a client stands in one write, whatever hangs on it. */
export async function changeStanding(
  context: Context,
  standing: keyof typeof STANDINGS,
  id: string,
  input: ClientChangeInput,
): Promise<void> {
  const decide: Ending = STANDINGS[standing]
  await changeClient(context, id, input, async (record, now) => {
    const change = decide(record, now, context)
    if (standing !== 'resume' || change === undefined) return change
    return { ...change, onlyIf: await giving(context, input.by, { ...record, metadata: metadataOf(record.metadata) }) }
  })
}
