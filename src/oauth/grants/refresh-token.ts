import type { ParsedCredential } from '../../core/credential.js'
import type { AuthorizationRecord, RefreshState } from '../../store/records.js'
import { endAuthorization, type FoundAuthorization, readAuthorization, scopesOf, stands } from '../authorization.js'
import { resourcesIn } from '../checks/resource.js'
import { parseScope } from '../checks/scope.js'
import type { Context } from '../context.js'
import { matchRefresh, newSalt, rotated, successorOf } from '../mint/refresh.js'
import type { Parameters } from '../parameters.js'
import { onceProven } from '../proof.js'
import { Refusal } from '../refusal.js'
import type { Resource } from '../resources.js'
import type { Grant, TokenSet } from './grant.js'
import { tokenSet } from './token-set.js'

const MOST_WRITES = 50

/**
 * The refresh grant (OAuth 2.1 section 4.3): each use rotates the token. A repeat within the window gets the same successor, for its
 * answer may have been lost; any other one is reuse, and ends this one authorization (RFC 9700 section 4.14.2).
 */
export const refreshToken: Grant = async (context, { client, parameters, prove }) => {
  const text = parameters.get('refresh_token')
  if (text === undefined) throw new Refusal('parameter_missing', { detail: 'refresh_token' })
  const sent = context.credentials.refresh.parse(text)
  if (sent === undefined) throw new Refusal('refresh_unknown')
  const proveOnce = onceProven(prove)
  for (let attempt = 0; attempt < MOST_WRITES; attempt++) {
    const { found, state, match } = await findRefresh(context, sent)
    if (found.chain.client.id !== client.id) throw new Refusal('refresh_of_another', { detail: client.id })
    const boundTo = await proveOnce(found.record.boundTo)
    judgeLife(found)
    const asked = wishOf(context, found, parameters)
    if (match === 'previous' && isInWindow(context, found.now, state)) {
      return repeat(context, found, state, sent, asked, boundTo)
    }
    if (match !== 'current') return refuseReuse(context, found)
    const answer = await rotate(context, found, state, sent, asked, boundTo)
    if (answer !== undefined) return answer
  }
  throw new Refusal('unavailable', { detail: 'the authorization keeps changing' })
}

async function findRefresh(context: Context, sent: ParsedCredential) {
  const found = await readAuthorization(context, sent.locator)
  const state = found?.record.refresh ?? null
  const match = matchRefresh(context, sent, state)
  if (found === undefined || state === null || match === 'unknown') throw new Refusal('refresh_unknown')
  return { found, state, match }
}

function judgeLife(found: FoundAuthorization): void {
  if (!stands(found)) throw new Refusal('grant_ended')
  const { idleExpiresAt, expiresAt } = found.record
  if (Math.min(idleExpiresAt, expiresAt) <= found.now) throw new Refusal('refresh_expired')
}

async function refuseReuse(context: Context, { id }: FoundAuthorization): Promise<never> {
  await endAuthorization(context, id, 'refresh_reused')
  throw new Refusal('refresh_reused', { detail: id })
}

interface Asked {
  readonly resource: Resource
  readonly scopes: readonly string[]
}

/** What this access token is for: no more than the authorization has, however often it was narrowed before (OAuth 2.1 section 4.3.1). */
function wishOf(context: Context, found: FoundAuthorization, parameters: Parameters): Asked {
  const [resource] = resourcesIn(parameters.all('resource'), context.resources, found.record.resources)
  if (resource === undefined) throw new Refusal('resource_unknown')
  const text = parameters.get('scope')
  const own = scopesOf(context, found)
  const asked = text === undefined ? own : parseScope(text)
  if (!asked.every((scope) => found.record.scopes.includes(scope))) throw new Refusal('scope_not_allowed')
  const isOfResource = (scope: string) => resource.scopes.includes(scope) || !context.catalogue.names.includes(scope)
  return { resource, scopes: asked.filter((scope) => own.includes(scope) && isOfResource(scope)) }
}

const isInWindow = ({ lifetimes }: Context, now: number, { rotatedAt, salt }: RefreshState): boolean =>
  salt !== null && lifetimes.refreshWindow > 0 && now - rotatedAt < lifetimes.refreshWindow

/** The one write; `undefined` where somebody else wrote first. */
async function rotate(
  context: Context,
  found: FoundAuthorization,
  state: RefreshState,
  sent: ParsedCredential,
  asked: Asked,
  boundTo: string | null,
): Promise<TokenSet | undefined> {
  const { store, lifetimes, keys } = context
  const { id, record, chain, now, version } = found
  if (asked.resource.format === 'jwt') await keys?.active()
  const salt = newSalt()
  const successor = successorOf(context, sent, salt, state.current.pepper)
  const next: AuthorizationRecord = {
    ...record,
    refresh: rotated(context, state, successor, salt, now),
    idleExpiresAt: Math.min(now + lifetimes.refreshIdle, record.expiresAt),
  }
  const onlyIf = [{ kind: 'grant' as const, id: chain.grant.id, version: chain.grant.version }]
  if ((await store.write('authorization', id, version, next, { onlyIf })) !== 'written') return undefined
  return tokenSet(context, { id, record: next, chain, now, ...asked, boundTo }, successor.text)
}

/** The same successor again, and nothing written: its answer may have been lost. */
async function repeat(
  context: Context,
  { id, record, chain, now }: FoundAuthorization,
  state: RefreshState,
  sent: ParsedCredential,
  asked: Asked,
  boundTo: string | null,
): Promise<TokenSet> {
  const successor = successorOf(context, sent, state.salt as string, state.previous?.pepper ?? null)
  if (!context.credentials.refresh.matches(successor, state.current))
    throw new Refusal('refresh_reused', { detail: id })
  context.tell({ type: 'refresh.repeated', at: now, about: id, detail: { client: chain.client.id } })
  return tokenSet(context, { id, record, chain, now, ...asked, boundTo }, successor.text)
}
