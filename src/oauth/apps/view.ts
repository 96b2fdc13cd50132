import type { Chains } from '../../store/chain.js'
import { statusByGrant } from '../../store/grant-status.js'
import type { ClientRecord, GrantRecord } from '../../store/records.js'
import type { Use } from '../../store/store.js'
import { hostOf } from '../checks/redirect-uri.js'
import type { Context } from '../context.js'

/** The client of a connected app, as its subject saw it when they allowed it. */
export interface AppClient {
  readonly id: string
  /** Its name, or the host of its page or its redirect URI where it registered none; of a client for itself, its description. */
  readonly name: string
  readonly registeredName: string | null
  /** The domain that it has proven to be of: that of its metadata document. */
  readonly domain: string | null
  readonly uri: string | null
  readonly origin: ClientRecord['origin'] | null
}

/** A connected app: what a subject, or a client itself, allowed one client. Times are milliseconds since 1970. */
export interface ConnectedApp {
  readonly id: string
  readonly client: AppClient
  /** A user's id, or `null` for a client that acts for itself. */
  readonly subject: string | null
  readonly tenant: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** What the user calls it. */
  readonly label: string | null
  /** `inactive` where its user, its tenant or its client is suspended. */
  readonly status: 'active' | 'inactive' | 'revoked'
  /** When it was first allowed since the last time that it was revoked. */
  readonly createdAt: number
  /** Up to now for this instance, and up to their last flush for others; `null` where it never was. */
  readonly lastUsedAt: number | null
}

/** A grant as it was read. */
export interface FoundGrant {
  readonly id: string
  readonly version: number
  readonly now: number
  readonly record: GrantRecord
  readonly chain: Chains['grant']
}

const STATUS = { active: 'active', owner_inactive: 'inactive', revoked: 'revoked' } as const

/** How a grant stands, with all that it hangs on: one whose user, tenant or client was cut off since is revoked. */
export function appStatus({ id, version, now, record, chain }: FoundGrant): ConnectedApp['status'] {
  const { subject, client, tenant, epochs, epoch } = record
  const own = [epochs.subject, epochs.tenant, epochs.client, epoch] as const
  const standing = { subject, client, tenant, grant: id, epochs: own, boundTo: null }
  return STATUS[statusByGrant(standing, { now, version, record, chain }).status]
}

export function appOf({ uses }: Context, found: FoundGrant, stored: Use | null): ConnectedApp {
  const { id, record, chain } = found
  const { subject, tenant, scopes, resources, label, createdAt } = record
  return Object.freeze({
    id,
    client: clientOf(record, chain.client.record),
    subject,
    tenant,
    scopes,
    resources,
    label,
    status: appStatus(found),
    createdAt,
    lastUsedAt: uses.upToDate('grant', id, stored)?.at ?? null,
  })
}

/** What is kept is what the subject saw: a client that calls itself otherwise since then is shown as it was allowed. */
function clientOf({ client: id, snapshot }: GrantRecord, record: ClientRecord | undefined): AppClient {
  const { client_name, client_uri, redirect_uris } = snapshot
  const uri = textOf(client_uri)
  const first = uri ?? (Array.isArray(redirect_uris) ? textOf(redirect_uris[0]) : null)
  const domain = record?.origin === 'document' && URL.canParse(id) ? new URL(id).host : null
  const registeredName = textOf(client_name)
  const host = domain ?? (first === null ? null : hostOf(first))
  return Object.freeze({
    id,
    name: registeredName ?? host ?? record?.description ?? id,
    registeredName,
    domain,
    uri,
    origin: record?.origin ?? null,
  })
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
