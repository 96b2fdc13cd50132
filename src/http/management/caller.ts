import { LATE, withDeadline } from '../../core/deadline.js'
import { TokenloopError } from '../../core/errors.js'
import { type ActingToken, checkOwner, type Owner, ownerOf, tenantOf, type User, user } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import { ProblemError } from '../problems.js'
import type { Context } from './options.js'

/** Whoever calls, as the host says, checked. */
export interface Caller {
  readonly by: User | ActingToken
  readonly owner: Owner
  readonly tenant: string | undefined
  readonly scopes: readonly string[]
}

/** Asks the host who calls. Throws `unavailable` where it cannot say. */
export async function callerOf(
  { authenticate, authenticateTimeout }: Context,
  request: Request,
): Promise<Caller | Response | undefined> {
  try {
    const answer: unknown = await withDeadline(() => authenticate(request), authenticateTimeout)
    if (answer === undefined || answer === null) return undefined
    if (answer instanceof Response) return answer
    if (answer === LATE) throw new Error('authenticate took too long')
    return checkCaller(answer)
  } catch (cause) {
    throw new TokenloopError('unavailable', 'authenticate failed', { cause })
  }
}

function checkCaller(answer: unknown): Caller {
  const by = checkActor(answer as User | ActingToken)
  return { by, owner: ownerOf(by) as Owner, tenant: tenantOf(by), scopes: by.scopes ?? [] }
}

/** A copy of what counts of an actor, so that nothing that the host does to its own object later changes who called. */
function checkActor(answer: User | ActingToken): User | ActingToken {
  const tenant = answer.tenant ?? undefined
  switch (answer.kind) {
    case 'user':
      return user(answer.id, { scopes: checkScopes(answer.scopes ?? []), ...(tenant !== undefined && { tenant }) })
    case 'token':
      return {
        kind: 'token',
        tokenId: checkId(answer.tokenId, 'a token id'),
        owner: checkOwner(answer.owner),
        tenant: tenant === undefined ? null : checkId(tenant, 'a tenant id'),
        scopes: checkScopes(answer.scopes),
        generation: checkGeneration(answer.generation),
      }
    default:
      throw new TokenloopError('invalid_input', 'authenticate answers a user, a principal, a Response or nothing')
  }
}

function checkScopes(scopes: unknown): readonly string[] {
  if (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')) return [...scopes]
  throw new TokenloopError('invalid_input', 'the scopes of an actor are a list of names')
}

function checkGeneration(generation: unknown): number {
  if (typeof generation === 'number' && Number.isSafeInteger(generation) && generation > 0) return generation
  throw new TokenloopError('invalid_input', 'the generation of a token is the one that its principal has')
}

/** What an endpoint on the caller's own records works within. */
export interface Personal {
  readonly by: Caller['by']
  readonly within: { readonly owner: Owner; readonly tenant?: string }
}

/** What an endpoint on the records of a tenant works within. */
export interface Workspace {
  readonly by: Caller['by']
  readonly within: { readonly tenant: string }
}

/** Lets a caller in, or throws the problem why not. */
export type Admit<Realm> = (caller: Caller | undefined, context: Context) => Realm

export const anyone: Admit<undefined> = () => undefined

export const personal: Admit<Personal> = (caller) => {
  const { by, owner, tenant } = known(caller)
  return { by, within: { owner, ...(tenant !== undefined && { tenant }) } }
}

export const workspace: Admit<Workspace> = (caller, { catalogue, accountsScopes }) => {
  const { by, scopes, tenant } = known(caller)
  if (!catalogue.covers(scopes, accountsScopes)) {
    // A token is told what it would need (RFC 6750 section 3); no name of a scope has to be quoted.
    const needed = `Bearer error="insufficient_scope", scope="${accountsScopes.join(' ')}"`
    throw new ProblemError('insufficient_scope', { headers: { 'www-authenticate': needed } })
  }
  if (tenant === undefined) throw new ProblemError('tenant_required')
  return { by, within: { tenant } }
}

function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new ProblemError('unauthorized')
  return caller
}
