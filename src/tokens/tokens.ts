import { Secret } from '../core/secret.js'
import type { PageOf } from '../store/pages.js'
import type { EventRecord } from '../store/records.js'
import { auditTrail } from './audit.js'
import { createContext, type TokensOptions } from './context.js'
import { dueTokens } from './due.js'
import { identifyToken } from './identify.js'
import * as inputs from './inputs.js'
import { issueToken } from './issue.js'
import { getToken, listTokens } from './list.js'
import { revealToken } from './reveal.js'
import { pauseToken, resumeToken, revokeAllTokens, revokeToken } from './revoke.js'
import { rotateToken } from './rotate.js'
import type {
  AuditInput,
  ChangeInput,
  Due,
  DueInput,
  Identified,
  Issued,
  IssueInput,
  ListInput,
  RevokeAllInput,
  RevokeInput,
  RotateInput,
  Token,
  UpdateInput,
  Verified,
  VerifyInput,
  Within,
} from './types.js'
import { updateToken } from './update.js'
import { verifyToken } from './verify.js'

/**
 * API tokens of one kind, in one environment. What changes something rejects with a `TokenloopError`; `unavailable` where the store
 * fails: then it may have taken place or not, and may be asked for again; `conflict` where what it touches keeps being changed by
 * others. An option that there is none of, or options that are no object, are `invalid_option` everywhere. Times are milliseconds since 1970.
 */
export interface Tokens<Scope extends string = string, Role extends string = string> {
  /**
   * Issues a token and shows its secret, once. A service account's token takes the account's scopes as they are now, unless fewer
   * are asked for. After `unavailable` there may be a token whose secret nobody has: it is listed, and can be rotated or revoked.
   * Errors: `invalid_name`, `invalid_expiry`, `lifetime_not_allowed`, `invalid_network`, `invalid_limit`, `invalid_input`,
   * `unknown_scope`, `unknown_role`, `scope_not_allowed`, `name_taken`, `owner_inactive`, `not_found` (no such service account).
   *
   * @example
   * const { secret, token } = await tokens.issue({ by, owner: user('u_42'), name: 'ci', scopes: ['issues:read'], expiresIn: '90d' })
   */
  issue(input: IssueInput<Scope, Role>): Promise<Issued<Scope, Role>>
  /**
   * Checks what a caller sent, whatever it is (the `Secret` of an issue, too): one read of the store, no write, never an exception on
   * it. Tell the caller no more than RFC 6750 allows; `reason` is for the host. Throws, on the host's own mistakes alone,
   * `invalid_limit` for a `cost` that is no whole number, `invalid_input` for `scopes` that are no list, and `invalid_option`.
   *
   * @example
   * const seen = await tokens.verify(text, { scopes: ['issues:read'], ip })
   * if (seen.ok) seen.principal.owner
   * else seen.reason // 'unknown', 'expired', …; 'unavailable' is a 503
   */
  verify(text: unknown, input?: VerifyInput<Scope>): Promise<Verified<Scope>>
  /**
   * Whose secret a text is, however its token stands, where `verify` says no more than a reason: for what was found in a log or on a
   * page, and never for what a caller sent. It counts as no use. `undefined` for whatever is no secret of a token that is kept; of those
   * that were rotated away, only the last one is. Errors: `unavailable`.
   *
   * @example
   * const leaked = await tokens.identify(found)
   * if (leaked && !leaked.ended) await tokens.revoke(leaked.token.id, { by: system, reason: 'found in a log' })
   */
  identify(text: unknown): Promise<Identified<Scope, Role> | undefined>
  /** One token, as it stands. Errors: `not_found`. */
  get(id: string, within?: Within): Promise<Token<Scope, Role>>
  /**
   * Tokens of an owner, of a tenant, or of both, newest first. Errors: `invalid_input`, `invalid_cursor`.
   *
   * @example
   * const { items, cursor } = await tokens.list({ owner: user('u_42'), limit: 50 })
   */
  list(input?: ListInput): Promise<PageOf<Token<Scope, Role>>>
  /**
   * Tokens whose owners should be told: those that expire soon, and those that are not used. Newest first. Errors as of `list`.
   *
   * @example
   * for (const { token, why } of (await tokens.due({ within: '7d', unusedFor: '90d' })).items) notify(token.owner, why)
   */
  due(input: DueInput): Promise<PageOf<Due<Scope, Role>>>
  /** The audit trail, newest first: every change, by whom and when. Errors as of `list`. */
  audit(input?: AuditInput): Promise<PageOf<EventRecord>>
  /**
   * Edits a token; its secret stays the same. Where scopes, roles, expiry, networks or limits change, the actor must have all that
   * the token then allows. Errors: those of `issue`, `not_found`, `ended`, `conflict`.
   */
  update(id: string, input: UpdateInput<Scope, Role>): Promise<Token<Scope, Role>>
  /**
   * Replaces the secret. The old one ends at once, or after `overlap`. Of callers that race, one wins and the others get `conflict`.
   * Where an answer was lost, a repeat with the same `from` gets another secret as long as the old one overlaps.
   * Errors: `not_found`, `conflict`, `ended`, `owner_inactive`, `scope_not_allowed`, `invalid_option` (overlap).
   */
  rotate(id: string, input: RotateInput): Promise<Issued<Scope, Role>>
  /** Stops a token until it is resumed. Errors: `not_found`, `ended`, `conflict`. */
  pause(id: string, input: ChangeInput): Promise<Token<Scope, Role>>
  /**
   * Lets a paused token work again, from the next check on; of one that is not paused nothing changes. The actor must have all that the
   * token allows. Errors: `not_found`, `ended`, `scope_not_allowed`, `conflict`.
   */
  resume(id: string, input: ChangeInput): Promise<Token<Scope, Role>>
  /** Ends a token for good, from the next check on. Revoking again changes nothing. Errors: `not_found`, `conflict`. */
  revoke(id: string, input: RevokeInput): Promise<Token<Scope, Role>>
  /** Ends all tokens of an owner or a tenant that exist now, in one write. Errors: `not_found` (no such service account). */
  revokeAll(input: RevokeAllInput): Promise<void>
  /**
   * Shows a secret again, where `sealWith` keeps it. The actor must have all that the token allows; the audit trail says who saw it.
   * Errors: `not_found`, `not_sealed`, `ended`, `scope_not_allowed`.
   */
  reveal(id: string, input: ChangeInput): Promise<Secret>
  /** Writes the use that was gathered since the last flush. Errors: `unavailable`; nothing is lost then. */
  flush(): Promise<void>
  /**
   * Flushes, and gathers no more. For the host's own shutdown. Errors: `unavailable`, after 5 seconds at the latest; it may be asked
   * for again.
   */
  close(): Promise<void>
}

/**
 * Makes what issues, checks, rotates and revokes API tokens. Holds no timer until a token is used, and none that keeps a
 * process alive. Throws `invalid_option`.
 *
 * @example
 * const tokens = createTokens({ store: memoryStore(), catalogue, prefix: 'cl', lifetimes: ['30d', '90d', '1y', 'never'] })
 */
export function createTokens<Scope extends string, Role extends string>(
  options: TokensOptions<Scope, Role>,
): Tokens<Scope, Role> {
  const context = createContext(options)
  const tokens: Tokens = {
    issue: (input) => inputs.ISSUE.refuse(input) ?? issueToken(context, input),
    verify: (text, input = {}) =>
      inputs.VERIFY.refuse(input) ?? verifyToken(context, text instanceof Secret ? text.reveal() : text, input),
    identify: (text) => identifyToken(context, text instanceof Secret ? text.reveal() : text),
    get: (id, within) => getToken(context, id, within),
    list: (input = {}) => inputs.LIST.refuse(input) ?? listTokens(context, input),
    due: (input) => inputs.DUE.refuse(input) ?? dueTokens(context, input),
    audit: (input = {}) => inputs.AUDIT.refuse(input) ?? auditTrail(context, input),
    update: (id, input) => inputs.UPDATE.refuse(input) ?? updateToken(context, id, input),
    rotate: (id, input) => inputs.ROTATE.refuse(input) ?? rotateToken(context, id, input),
    pause: (id, input) => inputs.PAUSE.refuse(input) ?? pauseToken(context, id, input),
    resume: (id, input) => inputs.RESUME.refuse(input) ?? resumeToken(context, id, input),
    revoke: (id, input) => inputs.REVOKE.refuse(input) ?? revokeToken(context, id, input),
    revokeAll: (input) => inputs.REVOKE_ALL.refuse(input) ?? revokeAllTokens(context, input),
    reveal: (id, input) => inputs.REVEAL.refuse(input) ?? revealToken(context, id, input),
    flush: context.uses.flush,
    close: context.uses.close,
  }
  return tokens as Tokens<Scope, Role>
}
