import { LATE, withDeadline } from '../../core/deadline.js'
import type { JsonObject } from '../../core/json.js'
import { registeredScopes } from '../../store/grant-status.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import type { ClientCandidate, ClientPolicy, ClientVerdict } from './candidate.js'
import type { ClientMetadata } from './metadata.js'

/** Milliseconds. */
const DEADLINE = 5000

/** The metadata as far as the host's policy allows it. Throws a `Refusal`. */
export async function allowedMetadata(
  { catalogue }: Context,
  policy: ClientPolicy | undefined,
  candidate: ClientCandidate,
): Promise<ClientMetadata> {
  if (policy === undefined) return candidate.metadata
  const verdict = await asked(policy, candidate)
  if (verdict === true) return candidate.metadata
  if (verdict === false) throw new Refusal('registration_refused', { status: 403 })
  if ('retryAfter' in verdict) throw new Refusal('registration_limited', limited(verdict.retryAfter))
  const { metadata } = candidate
  const narrowed = {
    redirect_uris: within(metadata.redirect_uris, verdict.redirectUris),
    grant_types: within(metadata.grant_types, verdict.grantTypes),
    scopes: within(registeredScopes(metadata) ?? catalogue.names, verdict.scopes),
  }
  const { redirect_uris, grant_types, scopes } = narrowed
  if (grant_types.length === 0 || (grant_types.includes('authorization_code') && redirect_uris.length === 0)) {
    throw new Refusal('server_error', { detail: 'the policy leaves nothing' })
  }
  return {
    ...metadata,
    redirect_uris,
    grant_types,
    ...(verdict.scopes !== undefined && { scope: scopes.join(' ') }),
  }
}

async function asked(policy: ClientPolicy, candidate: ClientCandidate): Promise<ClientVerdict> {
  const failed = (detail: string) => new Refusal('server_error', { detail: `the policy ${detail}` })
  let verdict: unknown
  try {
    verdict = await withDeadline<unknown>(() => policy(Object.freeze(candidate)), DEADLINE)
  } catch {
    throw failed('threw')
  }
  if (verdict === LATE) throw failed('did not answer')
  if (typeof verdict === 'boolean') return verdict
  if (!isVerdict(verdict)) throw failed('answered something else')
  return verdict
}

const NAMES = ['redirectUris', 'grantTypes', 'scopes', 'retryAfter']

function isVerdict(value: unknown): value is Exclude<ClientVerdict, boolean> {
  if (typeof value !== 'object' || value === null) return false
  const members = Object.entries(value as JsonObject)
  return (
    members.length > 0 &&
    members.every(([name, member]) =>
      name === 'retryAfter'
        ? members.length === 1 && Number.isSafeInteger(member) && Number(member) > 0
        : NAMES.includes(name) && Array.isArray(member),
    )
  )
}

/** A list that takes the place of another has nothing that is not in it. */
function within<T>(own: readonly T[], narrowed: readonly T[] | undefined): readonly T[] {
  if (narrowed === undefined) return own
  if (!narrowed.every((item) => own.includes(item))) {
    throw new Refusal('server_error', { detail: 'the policy allows more than was asked for' })
  }
  return [...narrowed]
}

const limited = (seconds: number) => ({ status: 429, headers: { 'retry-after': String(seconds) } })
