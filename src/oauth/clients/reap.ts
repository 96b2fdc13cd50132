import { system } from '../../core/subject.js'
import { epochOf, isActive } from '../../store/chain.js'
import { type PageInput, pageOf, pageRequest } from '../../store/pages.js'
import type { ClientRecord } from '../../store/records.js'
import type { Listed } from '../../store/store.js'
import type { Context } from '../context.js'

/** How many clients are looked at in one go, and where to go on. */
export type ReapInput = PageInput

/** What was reaped, and where to go on; no cursor once all clients have been looked at. */
export interface Reaped {
  /** How many clients were removed. */
  readonly reaped: number
  /** For the next page; absent on the last one. */
  readonly cursor?: string
}

/** A client that is on notice is removed by nobody but who put it there: the sweep comes too late for that. */
const ON_NOTICE = 1000 * 365 * 86_400_000
const MOST_GRANTS = 500

/**
 * Removes clients that came by themselves, and that nobody has allowed anything for as long as an idle client is kept. Each in three
 * steps, so that a consent at that very moment wins: the client is put on notice, which every consent lifts before it writes its grant;
 * then its grants are looked at; then it is removed, if it is still on notice. What a crash leaves on notice is as good as before.
 */
export async function reapClients(context: Context, input: ReapInput): Promise<Reaped> {
  const page = await context.store.list('client', {}, pageRequest(input))
  let reaped = 0
  for (const client of page.items) if (isIdle(context, client, page.now) && (await reap(context, client.id))) reaped++
  const { cursor } = pageOf([], page.next)
  return { reaped, ...(cursor !== undefined && { cursor }) }
}

/** Those that were never used have an end already, which the sweep waits for. */
const isIdle = ({ lifetimes }: Context, { record, use }: Listed<'client'>, now: number): boolean =>
  record.origin !== 'manual' &&
  record.status === 'active' &&
  (record.keepUntil === null || record.keepUntil >= now + ON_NOTICE / 2) &&
  Math.max(record.createdAt, use?.at ?? 0) + lifetimes.idleClient <= now

async function reap(context: Context, id: string): Promise<boolean> {
  const { store, audit, tell } = context
  const read = await store.get('client', id)
  const { record, version, now } = read
  if (record === undefined || record.status !== 'active') return false
  const onNotice: ClientRecord = { ...record, keepUntil: now + ON_NOTICE }
  if ((await store.write('client', id, version, onNotice)) !== 'written') return false
  const marked = await store.get('client', id)
  if (marked.record?.keepUntil !== onNotice.keepUntil) return false
  if (await isNeeded(context, id, record, now)) {
    await store.write('client', id, marked.version, { ...record, keepUntil: null })
    return false
  }
  const event = audit(now, {
    type: 'client.deleted',
    by: system,
    about: id,
    tenant: record.tenant,
    detail: { idle: true },
  })
  const change = { effect: 'ended', status: 'deleted', epochs: { epoch: record.epoch + 1 } } as const
  if ((await store.write('client', id, marked.version, null, { event, change })) !== 'written') return false
  tell(event)
  return true
}

/** Whether a grant of it is in force, or was begun or used not long ago. */
async function isNeeded(context: Context, client: string, record: ClientRecord, now: number): Promise<boolean> {
  let after: { readonly order: number; readonly id: string } | undefined
  do {
    const page = await context.store.list('grant', { client }, { limit: MOST_GRANTS, ...(after && { after }) })
    if (page.items.some((grant) => isLive(grant, record) || isRecent(context, grant, now))) return true
    after = page.next
  } while (after !== undefined)
  return false
}

/** A grant of somebody who is suspended may be in force again. */
function isLive({ record, chain }: Listed<'grant'>, { epoch }: ClientRecord): boolean {
  const { epochs, status } = record
  const isOfNow =
    epochs.subject === epochOf(chain.subject, 'grants') &&
    epochs.tenant === epochOf(chain.tenant, 'grants') &&
    epochs.client === epoch
  const areThere = [chain.subject, chain.tenant].every((link) => isActive(link) || link?.record?.status === 'suspended')
  return status === 'active' && isOfNow && areThere
}

const isRecent = ({ lifetimes }: Context, { record, use }: Listed<'grant'>, now: number): boolean =>
  Math.max(record.createdAt, use?.at ?? 0) + lifetimes.idleClient > now
