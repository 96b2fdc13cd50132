import { TokenloopError } from '../core/errors.js'
import type { EventType } from '../core/event.js'
import type { Json } from '../core/json.js'
import { type Actor, ownerOf, sameOwner } from '../core/subject.js'
import { checkId } from '../core/text.js'
import type { Chains } from '../store/chain.js'
import type { TokenRecord } from '../store/records.js'
import type { Effect, WriteOptions, WriteOutcome } from '../store/store.js'
import type { Context } from './context.js'
import { freeName } from './names.js'
import { isOver, statusOf } from './status.js'
import type { ChangeInput, Token } from './types.js'
import { viewOf } from './view.js'

/** Attempts before a change gives up on a record that keeps moving. Each that fails means that another one succeeded. */
export const MOST_ATTEMPTS = 200

/** A token as it was read, with all that it hangs on. */
export interface Found {
  readonly id: string
  readonly now: number
  readonly version: number
  readonly record: TokenRecord
  readonly chain: Chains['token']
}

/** What is to be written, and how it is told. */
export interface Change {
  readonly next: TokenRecord
  readonly type: EventType
  readonly detail?: Readonly<Record<string, Json>>
  /** For the feed, where others must hear of it. */
  readonly effect?: Effect['effect']
  readonly onlyIf?: WriteOptions['onlyIf']
}

/**
 * Changes one token: reads it, lets `decide` say what becomes of it, and writes that if nothing moved meanwhile; otherwise
 * all over again. `decide` answers `undefined` where nothing needs to be done. Throws `not_found` for a token that does not
 * exist, or lies outside of what the actor may touch.
 */
export async function changeToken(
  context: Context,
  id: string,
  input: ChangeInput,
  decide: (found: Found) => Change | undefined | Promise<Change | undefined>,
): Promise<Token> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await readToken(context, id, input)
    const change = await decide(found)
    if (change === undefined) return viewOf(id, found.record, found.chain, found.now)
    if (await applyChange(context, found, change, input)) return viewOf(id, change.next, found.chain, found.now)
  }
  throw new TokenloopError('conflict', 'the token keeps changing')
}

/** Reads a token that the actor may touch, or that lies within the confinement. Throws `not_found`. */
export async function readToken({ store }: Context, id: string, input: Partial<ChangeInput>): Promise<Found> {
  const { now, version, record, chain } = await store.getWith('token', checkId(id, 'a token id'))
  if (record === undefined || chain === undefined || !isWithin(record, input)) {
    throw new TokenloopError('not_found', 'no such token')
  }
  return { id, now, version, record, chain }
}

function isWithin(record: TokenRecord, { by, within }: Partial<ChangeInput>): boolean {
  const { owner, tenant } = within ?? (by === undefined ? {} : realmOf(by))
  if (owner !== undefined && !sameOwner(owner, record.owner)) return false
  return tenant === undefined || tenant === null || tenant === record.tenant
}

/** A user, or a token that acts, is confined to the records of its owner, in its tenant, unless the host says otherwise. */
const realmOf = (by: Actor) => ({ owner: ownerOf(by), tenant: by.kind === 'system' ? undefined : by.tenant })

async function applyChange(context: Context, found: Found, change: Change, { by }: ChangeInput): Promise<boolean> {
  const { id, version, now, chain } = found
  const { next, type, detail, effect, onlyIf } = change
  const event = context.audit(now, {
    type,
    by,
    about: id,
    owner: next.owner,
    tenant: next.tenant,
    ...(detail && { detail }),
  })
  const outcome = await wasWritten(context, id, next, version, {
    event,
    ...(onlyIf && { onlyIf }),
    ...(effect && { change: { effect, status: statusOf(next, chain, now), epochs: { generation: next.generation } } }),
  })
  if (outcome === 'duplicate') await freeName(context, next.unique as string)
  if (outcome !== 'written') return false
  context.tell(event)
  return true
}

/**
 * Writes a token, and where the answer was lost, looks whether the write took place: a secret that works must reach its
 * owner. Rejects with `unavailable` where that cannot be told.
 */
export async function wasWritten(
  { store }: Context,
  id: string,
  next: TokenRecord,
  expected: number,
  options: WriteOptions,
): Promise<WriteOutcome> {
  try {
    return await store.write('token', id, expected, next, options)
  } catch (error) {
    const { version, record } = await store.get('token', id)
    if (version === expected + 1 && record?.digest.hash === next.digest.hash && record.generation === next.generation) {
      return 'written'
    }
    throw error
  }
}

/** Throws `ended` for a token that can never work again: it takes no more changes. */
export function demandAlive({ record, chain, now }: Found): void {
  if (isOver(record, chain, now)) throw new TokenloopError('ended', 'the token has ended')
}
