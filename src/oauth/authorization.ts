import { type Actor, system } from '../core/subject.js'
import { type GrantStatus, registeredScopes, statusByAuthorization } from '../store/grant-status.js'
import type { AuthorizationRecord } from '../store/records.js'
import type { Context } from './context.js'
import type { Authorized } from './mint/access.js'
import type { Resource } from './resources.js'

/** An authorization that was found, at its version. */
export interface FoundAuthorization extends Authorized {
  readonly version: number
}

/** An authorization with its chain, by its id; `undefined` where there is none. */
export async function readAuthorization({ store }: Context, id: string): Promise<FoundAuthorization | undefined> {
  const { record, chain, version, now } = await store.getWith('authorization', id)
  return record === undefined || chain === undefined ? undefined : { id, record, chain, version, now }
}

/** How an authorization stands, with its grant and all that they hang on at the epochs that it carries. */
export function statusOf({ record, chain, version, now }: FoundAuthorization): GrantStatus['status'] {
  const grant = chain.grant.record
  if (grant === undefined) return 'revoked'
  const { subject, tenant, client } = grant
  const { epochs, boundTo } = record
  const standing = {
    subject,
    tenant,
    client,
    grant: chain.grant.id,
    epochs: [epochs.subject, epochs.tenant, epochs.client, epochs.grant] as const,
    boundTo,
  }
  return statusByAuthorization(standing, { now, version, record, chain }).status
}

/** Whether an authorization still stands. */
export const stands = (found: FoundAuthorization): boolean => statusOf(found) === 'active'

/**
 * The scopes that an authorization may still use: its own, as far as the grant still has them, and a user's client is still registered for
 * them. Those of the protocol nobody registers.
 */
export function scopesOf({ catalogue }: Context, { record, chain }: Authorized): readonly string[] {
  const { scopes = [], subject } = chain.grant.record ?? {}
  const client = chain.client.record
  // The roles of a client are its own, and no user's.
  const granted = subject === null ? catalogue.resolve(scopes, client?.roles) : scopes
  const most = (subject === null ? undefined : client && registeredScopes(client.metadata)) ?? catalogue.names
  const isLeft = (scope: string) =>
    catalogue.names.includes(scope)
      ? catalogue.covers(granted, [scope]) && catalogue.covers(most, [scope])
      : granted.includes(scope)
  return record.scopes.filter(isLeft)
}

/** Those of some scopes that a resource knows, and those of the protocol, which belong to none. */
export const scopesAt = ({ catalogue }: Context, resource: Resource, scopes: readonly string[]): readonly string[] =>
  scopes.filter((scope) => resource.scopes.includes(scope) || !catalogue.names.includes(scope))

/** Why an authorization was ended. */
export type EndReason = 'code_reused' | 'refresh_reused' | 'revoked'

const MOST_ATTEMPTS = 50

/** Ends an authorization with all that came of it, and nothing else. It may be asked for again. Rejects with `unavailable`. */
export async function endAuthorization(
  context: Context,
  id: string,
  why: EndReason,
  by: Actor = system,
): Promise<AuthorizationRecord | undefined> {
  const { store, audit, tell } = context
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await readAuthorization(context, id)
    if (found === undefined || found.record.status === 'ended') return found?.record
    const { record, chain, version, now } = found
    const subject = chain.grant.record?.subject ?? null
    const event = audit(now, {
      type: 'authorization.ended',
      by,
      about: id,
      ...(subject !== null && { owner: { kind: 'user', id: subject } }),
      tenant: chain.grant.record?.tenant ?? null,
      detail: { why, grant: record.grant, client: chain.grant.record?.client ?? null },
    })
    const next = { ...record, status: 'ended' as const }
    const change = { effect: 'ended', status: 'ended', epochs: {} } as const
    if ((await store.write('authorization', id, version, next, { event, change })) === 'written') {
      tell(event)
      return next
    }
  }
  throw new Error('the authorization keeps changing')
}
