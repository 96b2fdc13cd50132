import type { ParsedCredential } from '../core/credential.js'
import { TokenloopError } from '../core/errors.js'
import type { Budget, ReadOptions } from '../store/store.js'
import type { Context } from './context.js'
import { judge, type Verdict } from './judge.js'
import { budgetsOf, checkCost } from './limits.js'
import { rehash } from './rehash.js'
import type { Verified, VerifyInput } from './types.js'

type Refused = Extract<Verified, { ok: false }>
type Agreed = Extract<Verdict, { ok: true }>

/** What a check reads it reads for itself alone: nothing is written or handed out by it. */
const LATE: ReadOptions = { late: true }

/**
 * Checks a token: one read of the store and no write; for a mistyped token, none. Only a token with limits costs one statement
 * more, after everything else has said yes. Whatever comes from outside is answered, and a fault of the store or of the host's
 * callback is `unavailable`. Throws `invalid_limit` for a cost that is no whole number, `invalid_input` for scopes that are no list.
 */
export async function verifyToken(context: Context, text: unknown, input: VerifyInput<string>): Promise<Verified> {
  checkInput(input)
  const credential = context.parse(text)
  if (credential === undefined) return refused(context, { ok: false, reason: 'malformed' }, null)
  let now: number | null = null
  try {
    const read = await context.store.getWith('token', credential.id, LATE)
    now = read.now
    const verdict = judge(context, credential, read, input.ip)
    const settled = verdict.ok ? settle(context, verdict, read.now, input) : verdict
    // Mostly there is nobody to wait for, and waiting for nobody costs as much as the digest.
    const outcome = settled instanceof Promise ? await settled : settled
    if (!outcome.ok) return refused(context, outcome, now, credential.id)
    used(context, credential, verdict as Agreed, read.now, input.ip)
    return outcome
  } catch {
    return refused(context, { ok: false, reason: 'unavailable' }, now, credential.id)
  }
}

/** The input is the host's own: what is wrong with it is told, and not answered. */
function checkInput({ scopes = [], cost }: VerifyInput<string>): void {
  if (!Array.isArray(scopes)) throw new TokenloopError('invalid_input', 'the scopes that are needed are a list')
  checkCost(cost)
}

/**
 * Asks those who have a say beyond the record: the host for its user, then what the call needs, for an unusable token is told
 * nothing of that, and last of all the limits.
 */
function settle(
  context: Context,
  verdict: Agreed,
  now: number,
  input: VerifyInput<string>,
): Verified | Promise<Verified> {
  const { owner, tenant } = verdict.record
  if (context.isOwnerActive === undefined) return allow(context, verdict, input)
  return context
    .isOwnerActive(owner, tenant, now)
    .then((isActive) => (isActive ? allow(context, verdict, input) : { ok: false, reason: 'owner_inactive' }))
}

function allow(
  context: Context,
  verdict: Agreed,
  { scopes: needed = [], cost }: VerifyInput<string>,
): Verified | Promise<Verified> {
  const { principal, record } = verdict
  if (!needed.every((scope) => principal.scopes.includes(scope))) {
    return { ok: false, reason: 'insufficient_scope', needed }
  }
  if (record.limits.length === 0) return { ok: true, principal, freshness: context.freshness, limits: [] }
  return spend(context, verdict, budgetsOf(record.limits, cost))
}

async function spend(
  { store, freshness }: Context,
  { principal }: Agreed,
  budgets: readonly Budget[],
): Promise<Verified> {
  const { ok, states } = await store.spend('token', principal.tokenId, budgets)
  if (ok) return { ok: true, principal, freshness, limits: states }
  const waits = states.flatMap(({ refused, retryAfter }) => (refused ? [retryAfter ?? Infinity] : []))
  const longest = Math.max(0, ...waits)
  return { ok: false, reason: 'limited', limits: states, retryAfter: Number.isFinite(longest) ? longest : null }
}

/** Notes the use, and that a digest under an older pepper is to be made anew: both are written later, together. */
function used(
  context: Context,
  credential: ParsedCredential,
  { principal, record }: Agreed,
  now: number,
  ip: string | undefined,
): void {
  context.uses.add('token', credential.id, now, ip)
  // What overlaps ends by itself, and its digest stays as it is.
  if (principal.deprecatedUntil === null && context.digester.isStale(record.digest)) {
    context.uses.later(credential.id, () => rehash(context, credential, record.digest))
  }
}

function refused(context: Context, outcome: Refused, now: number | null, id?: string): Refused {
  context.tell({
    type: 'token.refused',
    at: now,
    ...(id !== undefined && { about: id }),
    detail: { reason: outcome.reason },
  })
  return outcome
}
