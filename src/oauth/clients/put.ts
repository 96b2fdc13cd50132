import { randomBase62 } from '../../core/base62.js'
import type { Digest } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import { frozenList } from '../../core/frozen.js'
import { type Actor, actorRef } from '../../core/subject.js'
import { writeCertainly } from '../../store/certain.js'
import type { ClientRecord } from '../../store/records.js'
import type { Condition } from '../../store/store.js'
import type { Context } from '../context.js'
import { type ClientMetadata, storedMetadata } from './metadata.js'
import { hasSecret, type MintedSecret, newSecret } from './secrets.js'

/** A client that is to be, with whatever is not the same for all. */
export interface NewClient {
  readonly by: Actor
  readonly origin: 'manual' | 'dynamic'
  readonly metadata: ClientMetadata
  readonly tenant: string | null
  readonly roles?: readonly string[]
  readonly description?: string | null
  readonly registration?: Digest
  readonly unique?: string | null
  readonly keepUntil?: number | null
  readonly onlyIf?: readonly Condition[]
}

/** A client that is new, with its secret where it has one. */
export interface PutClient {
  readonly id: string
  readonly record: ClientRecord
  readonly secret: MintedSecret | undefined
}

/** Its random bits are 95. No id is ever chosen by whom it names, or begins as an address does. */
const ID_LENGTH = 16
const MOST_ATTEMPTS = 20

/** What came of it: the client; `duplicate` where its unique key is taken; `conflict` where a condition moved. */
export async function putClient(
  context: Context,
  now: number,
  wish: NewClient,
): Promise<PutClient | 'duplicate' | 'conflict'> {
  const { store, audit, tell, order } = context
  const { by, origin, metadata, tenant, roles = [], description = null, onlyIf = [] } = wish
  const id = `c_${randomBase62(ID_LENGTH)}`
  const secret = hasSecret(metadata.token_endpoint_auth_method) ? newSecret(context, now) : undefined
  const record: ClientRecord = {
    origin,
    status: 'active',
    epoch: 0,
    metadata: storedMetadata(metadata),
    secrets: frozenList(secret === undefined ? [] : [secret.kept]),
    registration: wish.registration ?? null,
    tenant,
    roles: frozenList(roles),
    description,
    createdBy: actorRef(by),
    createdAt: now,
    order: order(now),
    unique: wish.unique ?? null,
    keepUntil: wish.keepUntil ?? null,
  }
  const event = audit(now, { type: 'client.created', by, about: id, tenant, detail: { origin } })
  const outcome = await writeCertainly(store, 'client', id, 0, record, { event, onlyIf }, () => true)
  if (outcome !== 'written') return outcome
  tell(event)
  return { id, record, secret }
}

/** Does something until nothing moved meanwhile. Throws `conflict` where too much does. */
export async function untilPut<T>(attempt: () => Promise<T | 'conflict'>): Promise<T> {
  for (let i = 0; i < MOST_ATTEMPTS; i++) {
    const outcome = await attempt()
    if (outcome !== 'conflict') return outcome
  }
  throw new TokenloopError('conflict', 'what the client hangs on keeps changing')
}
