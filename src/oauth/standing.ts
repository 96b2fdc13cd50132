import { tupleKey } from '../core/digest.js'
import { epochOf, isActive, type Link } from '../store/chain.js'
import { accountId, type Epochs } from '../store/records.js'
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

/**
 * Reads the parties and their grant; not the client, with its tenant, where this very request has `known` it: what is written is conditional
 * on it. Throws a `Refusal` where the client is gone.
 */
export async function readStanding({ store }: Context, parties: Parties, known?: Client): Promise<Standing> {
  const { subject, tenant, client: id } = parties
  // What is dated is dated by a moment before the reads.
  const client = known ?? clientOf(id, await store.getWith('client', id))
  if (client === undefined) throw new Refusal('client_unknown', { detail: id })
  const ofClient = client.chain.tenant
  const linkOf = async (kind: 'user' | 'tenant', name: string | null): Promise<Link<'account'> | undefined> => {
    if (name === null) return undefined
    const id = accountId({ kind, id: name })
    if (id === ofClient?.id) return ofClient
    const { version, record } = await store.get('account', id)
    return { kind: 'account', id, version, record }
  }
  const [subjectLink, tenantLink, grant] = await Promise.all([
    linkOf('user', subject),
    linkOf('tenant', tenant),
    store.find('grant', grantKey(parties)),
  ])
  const links = [...new Set([subjectLink, tenantLink, ofClient])].filter((link) => link !== undefined)
  return {
    now: client.now,
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

/** The grant, if it is in force: not revoked, and none of those that it hangs on cut off since. */
export function grantInForce({ grant, epochs: now }: Standing): Standing['grant'] {
  if (grant === undefined) return undefined
  const { status, epochs } = grant.record
  const isSame = epochs.subject === now.subject && epochs.tenant === now.tenant && epochs.client === now.client
  return status === 'active' && isSame ? grant : undefined
}

/** The epoch of the grant, or 0 where there has never been one. */
export const grantEpoch = ({ grant }: Standing): number => grant?.record.epoch ?? 0

/** What an authorization under a grant carries, member by member: it is made with each, and a copy that is added to takes far longer. */
export const epochsUnder = ({ subject, tenant, client }: Standing['epochs'], grant: number) => ({
  subject,
  tenant,
  client,
  grant,
})
