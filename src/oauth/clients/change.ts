import { TokenloopError } from '../../core/errors.js'
import type { EventType } from '../../core/event.js'
import type { Json } from '../../core/json.js'
import { type Actor, type ActorRef, actorRef, ownerOf, sameOwner, tenantOf } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import { writeCertainly } from '../../store/certain.js'
import { registeredScopes } from '../../store/grant-status.js'
import type { ClientRecord } from '../../store/records.js'
import { checkWithin } from '../../store/standing.js'
import type { Condition, Effect, Read } from '../../store/store.js'
import type { Context } from '../context.js'
import type { ClientChangeInput } from './types.js'

/** What becomes of a client, and how it is told. */
export interface ClientChange {
  readonly next: ClientRecord
  readonly type: EventType
  readonly effect?: Effect['effect']
  readonly detail?: Readonly<Record<string, Json>>
  readonly onlyIf?: readonly Condition[]
  /** Tells the record of this very change, where its answer must not be lost: it hands out a secret. */
  readonly isOwn?: (record: ClientRecord) => boolean
}

/** New metadata. Scopes that are taken away are taken from all that users allowed the client, and so the feed tells of it. */
export function updated(before: ClientRecord, next: ClientRecord): ClientChange {
  const [had, has] = [registeredScopes(before.metadata), registeredScopes(next.metadata)]
  const isNarrowed = has !== undefined && (had === undefined || !had.every((scope) => has.includes(scope)))
  return { next, type: 'client.updated', ...(isNarrowed && { effect: 'narrowed' }) }
}

/** Each attempt that fails means that somebody else's write succeeded. */
const MOST_ATTEMPTS = 200

/**
 * Changes one client in one write: reads it, lets `decide` say what becomes of it, and writes that if nothing moved meanwhile. Throws
 * `not_found` for a client that does not exist, is deleted, or lies outside of what the actor may touch.
 */
export async function changeClient(
  context: Context,
  id: string,
  input: ClientChangeInput,
  decide: (record: ClientRecord, now: number) => ClientChange | undefined | Promise<ClientChange | undefined>,
): Promise<{ readonly record: ClientRecord; readonly now: number }> {
  const { by } = input
  actorRef(by)
  const isWithin = confinement(input)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const read = await context.store.get('client', checkId(id, 'a client id'))
    const record = demandFound(read, isWithin)
    const change = await decide(record, read.now)
    if (change === undefined) return { record, now: read.now }
    if (await writeChange(context, id, read, change, by)) return { record: change.next, now: read.now }
  }
  throw new TokenloopError('conflict', 'the client keeps changing')
}

/** Writes what was decided, with its event and its entry in the feed; false where something moved. */
export async function writeChange(
  { store, audit, tell }: Context,
  id: string,
  { version, now }: Pick<Read<'client'>, 'version' | 'now'>,
  { next, type, effect, detail, onlyIf = [], isOwn }: ClientChange,
  by: Actor,
): Promise<boolean> {
  const event = audit(now, { type, by, about: id, tenant: next.tenant, ...(detail && { detail }) })
  const feed = effect && { change: { effect, status: next.status, epochs: { epoch: next.epoch } } }
  const options = { event, onlyIf, ...feed }
  const outcome = isOwn
    ? await writeCertainly(store, 'client', id, version, next, options, isOwn)
    : await store.write('client', id, version, next, options)
  if (outcome !== 'written') return false
  tell(event)
  return true
}

/** The client of a read, if it is there and within reach. Throws `not_found`. */
export function demandFound(
  { record }: Pick<Read<'client'>, 'record'>,
  isWithin: (record: ClientRecord) => boolean,
): ClientRecord {
  if (record === undefined || record.status === 'deleted' || !isWithin(record)) {
    throw new TokenloopError('not_found', 'no such client')
  }
  return record
}

function confinement(input: ClientChangeInput): (record: ClientRecord) => boolean {
  const { by } = input
  if ('within' in input) {
    const confined = checkWithin(input.within)
    return ({ tenant }) => tenant === confined
  }
  if (by.kind === 'system') return () => true
  const own = tenantOf(by)
  return own === undefined ? ({ createdBy }) => isOf(createdBy, by) : ({ tenant }) => tenant === own
}

/** Whether it was made by the actor, or by a token of the same owner. */
function isOf(createdBy: ActorRef, by: Actor): boolean {
  const maker = createdBy.kind === 'user' ? { kind: 'user' as const, id: createdBy.id } : createdBy.owner
  const owner = ownerOf(by)
  return maker !== undefined && owner !== undefined && sameOwner(maker, owner)
}
