import { TokenloopError } from '../core/errors.js'
import type { EventType } from '../core/event.js'
import type { Json } from '../core/json.js'
import { checkRealm, type Realm, realmOf, sameOwner } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { writeCertainly } from '../store/certain.js'
import type { Chains } from '../store/chain.js'
import type { TokenRecord } from '../store/records.js'
import { isOver, statusOf } from '../store/status.js'
import type { Effect, WriteOptions, WriteOutcome } from '../store/store.js'
import type { Context } from './context.js'
import { WITHIN } from './inputs.js'
import { freeName } from './names.js'
import type { ChangeInput, Token, Within } from './types.js'
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
  const realm = realmOfChange(input)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await readToken(context, id, realm)
    const change = await decide(found)
    if (change === undefined) return viewOf(id, found.record, found.chain, found.now)
    if (await applyChange(context, found, change, input)) return viewOf(id, change.next, found.chain, found.now)
  }
  throw new TokenloopError('conflict', 'the token keeps changing')
}

/** What a change may touch: what `within` names, or else what is the actor's own. Throws `invalid_input`. */
function realmOfChange(input: ChangeInput): Realm {
  const own = realmOf(input.by)
  return 'within' in input ? checkWithin(input.within) : own
}

/** A confinement that confines to nothing is a mistake, and no permission. Throws `invalid_input`. */
export function checkWithin(within: Within | undefined): Realm {
  const realm = checkRealm(within ?? {})
  if (realm.owner === undefined && realm.tenant === undefined) {
    throw new TokenloopError('invalid_input', '`within` must name an owner, a tenant, or both')
  }
  WITHIN.check(within)
  return realm
}

/** Reads a token of a realm. Throws `not_found`. */
export async function readToken({ store }: Context, id: string, realm: Realm): Promise<Found> {
  const { now, version, record, chain } = await store.getWith('token', checkId(id, 'a token id'))
  if (record === undefined || chain === undefined || !isWithin(record, realm)) {
    throw new TokenloopError('not_found', 'no such token')
  }
  return { id, now, version, record, chain }
}

const isWithin = (record: TokenRecord, { owner, tenant }: Realm): boolean =>
  (owner === undefined || sameOwner(owner, record.owner)) && (tenant === undefined || tenant === record.tenant)

async function applyChange(context: Context, found: Found, change: Change, { by }: ChangeInput): Promise<boolean> {
  const { id, now, chain } = found
  const { next, type, detail, effect, onlyIf } = change
  const event = context.audit(now, {
    type,
    by,
    about: id,
    owner: next.owner,
    tenant: next.tenant,
    ...(detail && { detail }),
  })
  const outcome = await writeToken(context, id, found, next, {
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
 * Writes a token. A secret that works must reach its owner, so one with a new secret is written for certain; without one, whoever
 * asks again after a lost answer finds the change done, or does it.
 */
export function writeToken(
  { store }: Context,
  id: string,
  before: Pick<Found, 'version'> & { readonly record: TokenRecord | undefined },
  next: TokenRecord,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const { hash } = next.digest
  if (hash === before.record?.digest.hash) return store.write('token', id, before.version, next, options)
  return writeCertainly(store, 'token', id, before.version, next, options, ({ digest }) => digest.hash === hash)
}

/** Throws `ended` for a token that can never work again: it takes no more changes. */
export function demandAlive({ record, chain, now }: Found): void {
  if (isOver(record, chain, now)) throw new TokenloopError('ended', 'the token has ended')
}
