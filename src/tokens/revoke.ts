import { TokenloopError } from '../core/errors.js'
import { actorRef, checkOwner } from '../core/subject.js'
import { checkId, checkText } from '../core/text.js'
import { type AccountRef, changeAccount } from '../store/standing.js'
import { changeToken, demandAlive } from './change.js'
import type { Context } from './context.js'
import { giving } from './giving.js'
import { keepEnded } from './retention.js'
import type { ChangeInput, RevokeAllInput, RevokeInput, Token } from './types.js'

/** Ends a token for good and frees its name. Revoking again changes nothing. */
export async function revokeToken(context: Context, id: string, input: RevokeInput): Promise<Token> {
  const by = actorRef(input.by)
  const reason =
    input.reason === undefined ? null : checkText(input.reason, { label: 'a reason', code: 'invalid_input', max: 500 })
  return changeToken(context, id, input, ({ record, now }) => {
    if (record.revoked !== null) return undefined
    const keepUntil = keepEnded(context, now)
    const next = {
      ...record,
      revoked: { at: now, by, reason },
      unique: null,
      sealed: null,
      predecessor: null,
      keepUntil,
    }
    return { next, type: 'token.revoked', detail: { reason }, effect: 'ended' }
  })
}

/** Ends all tokens of an owner or of a tenant in one write, whatever hangs on it; those that are issued later live. */
export async function revokeAllTokens(context: Context, input: RevokeAllInput): Promise<void> {
  // One that is there and names nobody must not widen what is revoked to the other.
  if ('owner' in input === 'tenant' in input) {
    throw new TokenloopError('invalid_input', 'revokeAll takes an owner or a tenant')
  }
  const ref: AccountRef =
    'owner' in input ? checkOwner(input.owner) : { kind: 'tenant', id: checkId(input.tenant, 'a tenant id') }
  await changeAccount(context, { by: input.by }, ref, (account) => ({
    next: { ...account, tokens: account.tokens + 1 },
    type: 'tokens.revoked',
    effect: 'ended',
  }))
}

/** Stops a token until it is resumed. */
export async function pauseToken(context: Context, id: string, input: ChangeInput): Promise<Token> {
  const by = actorRef(input.by)
  return changeToken(context, id, input, (found) => {
    demandAlive(found)
    if (found.record.paused !== null) return undefined
    return { next: { ...found.record, paused: { at: found.now, by } }, type: 'token.paused', effect: 'paused' }
  })
}

/** Lets a paused token work again, which gives all that it allows. */
export function resumeToken(context: Context, id: string, input: ChangeInput): Promise<Token> {
  return changeToken(context, id, input, async (found) => {
    demandAlive(found)
    if (found.record.paused === null) return undefined
    const onlyIf = await giving(context, input.by, found.record, found.chain)
    return { next: { ...found.record, paused: null }, type: 'token.resumed', effect: 'resumed', onlyIf }
  })
}
