import { TokenloopError } from '../core/errors.js'
import type { Event, EventType } from '../core/event.js'
import type { Json } from '../core/json.js'
import { optionsOf } from '../core/options.js'
import { createOrder } from '../core/order.js'
import { type Actor, actorRef, ownerOf, tenantOf } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { type Duration, duration } from '../core/time.js'
import { type Audit, createAudit } from './audit.js'
import { isActive, type Link, standingOf } from './chain.js'
import { type AccountRecord, accountId } from './records.js'
import type { Condition, Effect, Read, TokenStore } from './store.js'

interface Retention {
  readonly ended?: Duration
  readonly audit?: Duration
}

const RETENTION = optionsOf<Retention>('retention', { ended: true, audit: true })

/** How long what has ended is kept, 30 days by default, and the audit trail. Throws `invalid_option`. */
export function readRetention(retention: Retention = {}): Pick<Keeping, 'audit' | 'keepEnded'> {
  RETENTION.check(retention)
  const { ended = '30d', audit } = retention
  return { audit: createAudit(audit), keepEnded: duration(ended, 'retention.ended') }
}

/** What becomes of an account, and how it is told. `undefined` for an account that stays as it is. */
export interface AccountChange {
  readonly next: AccountRecord
  readonly type: EventType
  readonly effect: Effect['effect'] | undefined
  readonly detail?: Readonly<Record<string, Json>>
  readonly onlyIf?: readonly Condition[]
}

/** What a change is about: a user, a tenant or a service account. */
export interface AccountRef {
  readonly kind: AccountRecord['type']
  readonly id: string
}

/** Who asks for a change, and within which tenant. */
export interface Asking {
  readonly by: Actor
  readonly within?: { readonly tenant: string }
}

const WITHIN = optionsOf<NonNullable<Asking['within']>>('within', { tenant: true })

/** The tenant that a change is confined to. Throws `invalid_input`, or `invalid_option` for what names more than that. */
export function checkWithin(within: Asking['within']): string {
  const tenant = checkId(within?.tenant, 'a tenant id')
  WITHIN.check(within)
  return tenant
}

/**
 * The account of the tenant that something new is going to hang on, with what has to be so still when that is written; without a tenant
 * the store's time alone. Throws `owner_inactive`.
 */
export async function activeTenant(store: TokenStore, tenant: string | undefined): Promise<ActiveTenant> {
  const id = accountId(tenant === undefined ? { kind: 'account', id: 'none' } : { kind: 'tenant', id: tenant })
  const { now, version, record } = await store.get('account', id)
  if (tenant === undefined) return { now, links: [], onlyIf: [] }
  const link: Link<'account'> = { kind: 'account', id, version, record }
  if (!isActive(link)) throw new TokenloopError('owner_inactive', 'the tenant is not active')
  return { now, links: [link], onlyIf: [{ kind: 'account', id, version }] }
}

interface ActiveTenant {
  readonly now: number
  readonly links: readonly Link<'account'>[]
  readonly onlyIf: readonly Condition[]
}

/** Where changes are written and told. */
export interface Keeping {
  readonly store: TokenStore
  readonly audit: Audit
  readonly tell: (event: Event) => void
  /** Milliseconds for which what has ended is kept. */
  readonly keepEnded: number
}

/** Attempts before a change gives up on an account that keeps moving. Each that fails means that another one succeeded. */
const MOST_ATTEMPTS = 200

const order = createOrder()

/**
 * Changes what the library knows of a user, a tenant or a service account, in one write. A user or tenant that has never been
 * written about is active at epoch 0. Throws `not_found` for a missing service account and for what lies outside of the tenant,
 * `conflict` after too many attempts.
 */
export async function changeAccount(
  keeping: Keeping,
  asking: Asking,
  ref: AccountRef,
  change: (account: AccountRecord, now: number) => AccountChange | undefined | Promise<AccountChange | undefined>,
): Promise<AccountRecord> {
  const { store, audit, tell } = keeping
  const { by } = asking
  const id = accountId(ref)
  actorRef(by)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const read = await store.get('account', id)
    const before = found(ref, read, by)
    demandWithin(ref, before, asking)
    const changed = await change(before, read.now)
    if (changed === undefined) return before
    const { type, effect, detail = {}, onlyIf = [] } = changed
    const next = effect === 'ended' ? endedAt(changed.next, read.now, keeping) : changed.next
    const event = audit(read.now, { type, by, about: id, tenant: ref.kind === 'tenant' ? ref.id : next.tenant, detail })
    const outcome = await store.write('account', id, read.version, next, {
      event,
      onlyIf,
      ...(effect && { change: { effect, ...standingOf(next) } }),
    })
    if (outcome === 'written') {
      tell(event)
      return next
    }
  }
  throw new TokenloopError('conflict', 'the account keeps changing')
}

/** The first of several ends decides from when on a sweep looks for what ended: put off by each, it would never come. */
const endedAt = (account: AccountRecord, now: number, { keepEnded }: Keeping): AccountRecord => ({
  ...account,
  keepUntil: account.keepUntil ?? now + keepEnded,
})

function found(ref: AccountRef, { record, now }: Read<'account'>, by: Actor): AccountRecord {
  if (record !== undefined) return record
  if (ref.kind === 'account') throw new TokenloopError('not_found', 'no such service account')
  return {
    type: ref.kind,
    status: 'active',
    tokens: 0,
    grants: 0,
    tenant: null,
    name: null,
    scopes: [],
    metadata: {},
    createdBy: actorRef(by),
    createdAt: now,
    order: order(now),
    unique: null,
    keepUntil: null,
  }
}

/** An actor that has a tenant changes what lies in it: its service accounts, the tenant itself, and of all users itself alone. */
function demandWithin({ kind, id }: AccountRef, { tenant }: AccountRecord, asking: Asking): void {
  const { by } = asking
  const confined = 'within' in asking ? checkWithin(asking.within) : tenantOf(by)
  if (confined === undefined || confined === (kind === 'tenant' ? id : tenant)) return
  const isItself = !('within' in asking) && kind === 'user' && ownerOf(by)?.kind === kind && ownerOf(by)?.id === id
  if (!isItself) throw new TokenloopError('not_found', 'no such account in the tenant')
}
