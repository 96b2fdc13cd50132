import { tupleKey } from '../core/digest.js'
import { epochOf, isActive, type Link } from '../store/chain.js'
import { accountId, type Epochs, type GrantRecord } from '../store/records.js'
import type { Condition, Row } from '../store/store.js'
import { type Client, clientOf } from './clients/client.js'
import type { Context } from './context.js'
import { Refusal } from './refusal.js'

/** Who allows what to whom: a subject, or the client itself where it is `null`, in a tenant where there is one. */
export interface Parties {
  readonly subject: string | null
  readonly tenant: string | null
  readonly client: string
}

/** The parties as they are now, with the grant that there is between them. */
export interface Standing {
  /** The store's time before anything of it was read. */
  readonly now: number
  readonly client: Client
  readonly epochs: Epochs<'subject' | 'tenant' | 'client'>
  /** Whether all of them may act. */
  readonly isActive: boolean
  readonly grant: Row<'grant'> | undefined
  /** That accounts and client are still so, for a write. */
  readonly conditions: readonly Condition[]
}

/** One grant per subject, client and tenant. */
export const grantKey = ({ subject, tenant, client }: Parties): string => tupleKey('grant', subject, client, tenant)

/** Reads the parties and their grant. Throws a `Refusal` where the client is gone. */
export async function readStanding({ store }: Context, parties: Parties): Promise<Standing> {
  const { subject, tenant, client: id } = parties
  // What is dated is dated by a moment before the reads.
  const read = await store.getWith('client', id)
  const [subjectLink, tenantLink, grant] = await Promise.all([
    subject === null ? undefined : linkOf(store, accountId({ kind: 'user', id: subject })),
    tenant === null ? undefined : linkOf(store, accountId({ kind: 'tenant', id: tenant })),
    store.find('grant', grantKey(parties)),
  ])
  const client = clientOf(id, read)
  if (client === undefined) throw new Refusal('client_unknown', { detail: id })
  const links = [subjectLink, tenantLink, client.chain.tenant].filter((link) => link !== undefined)
  return {
    now: read.now,
    client,
    epochs: {
      subject: epochOf(subjectLink, 'grants'),
      tenant: epochOf(tenantLink, 'grants'),
      client: client.record.epoch,
    },
    isActive: client.record.status === 'active' && links.every(isActive),
    grant,
    conditions: [
      { kind: 'client', id, version: client.version },
      ...links.map(({ kind, id, version }) => ({ kind, id, version })),
    ],
  }
}

async function linkOf(store: Context['store'], id: string): Promise<Link<'account'>> {
  const { version, record } = await store.get('account', id)
  return { kind: 'account', id, version, record }
}

/** Whether a grant is in force: not revoked, and none of those that it hangs on cut off since. */
export const isInForce = ({ status, epochs }: GrantRecord, now: Standing['epochs']): boolean =>
  status === 'active' && epochs.subject === now.subject && epochs.tenant === now.tenant && epochs.client === now.client

/** The epoch of the grant, or 0 where there has never been one. */
export const grantEpoch = ({ grant }: Standing): number => grant?.record.epoch ?? 0
