import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import { checkId } from '../../core/text.js'
import type { Rule } from '../refusal.js'
import type { LoginDemand } from './request.js'

/**
 * Who is signed in, as the host knows it; nobody where there is no `subject`. Somebody whose sign-in is not complete, because a second
 * factor is still to come, is nobody.
 */
export interface Login {
  /** The id of the browser's session at the host: who begins has to be who decides. Needed with a `subject`. */
  readonly session?: string | undefined
  /** The id of the user. */
  readonly subject?: string | undefined
  /** When they signed in, in milliseconds since 1970. Needed with a `subject`. */
  readonly authTime?: number | undefined
  /** How they signed in (`acr`). */
  readonly acr?: string | undefined
  /** The tenant in which they act. */
  readonly tenant?: string | undefined
}

const LOGIN = optionsOf<Login>('begin', { session: true, subject: true, authTime: true, acr: true, tenant: true })

/** A user who is signed in. */
export interface SignedInUser {
  readonly session: string
  readonly subject: string
  readonly authTime: number
  readonly acr: string | null
  readonly tenant: string | null
}

/** The user of a login, or nobody. Throws `invalid_option` and `invalid_input`: a login is the host's own. */
export function userOf(login: Login): SignedInUser | undefined {
  LOGIN.check(login)
  const { session, subject, authTime, acr, tenant } = login
  if (tenant !== undefined) checkId(tenant, 'a tenant id')
  if (subject === undefined) return undefined
  if (typeof authTime !== 'number' || !Number.isSafeInteger(authTime) || authTime < 0) {
    throw new TokenloopError('invalid_input', '`authTime` says when the subject signed in, in milliseconds since 1970')
  }
  return {
    session: checkId(session, 'a session'),
    subject: checkId(subject, 'a subject'),
    authTime,
    acr: acr === undefined ? null : checkId(acr, 'an acr'),
    tenant: tenant ?? null,
  }
}

/** What a login is held against. */
export interface LoginGround {
  readonly now: number
  /**
   * When the user had signed in as the login page was shown for this very request: whoever has signed in since has met what a request
   * demands of it. The address says so, which anybody can write: it counts for no login that is longer ago than `patience`.
   */
  readonly resumed: number | undefined
  /** Milliseconds. */
  readonly patience: number
  /** Whom the client takes the user for. */
  readonly hinted: string | undefined
}

/** Why a user has to sign in, or choose an account, before they are asked; `undefined` where they need not. */
export function loginNeeded(
  { prompts, maxAge, acrValues }: LoginDemand,
  user: SignedInUser | undefined,
  { now, resumed, hinted, patience }: LoginGround,
): Rule | undefined {
  if (user === undefined || (hinted !== undefined && user.subject !== hinted)) return 'login_required'
  const isFresh = resumed !== undefined && user.authTime > resumed && now - user.authTime <= patience
  const isTooOld = maxAge !== undefined && now - user.authTime > maxAge
  if ((prompts.has('login') || isTooOld) && !isFresh) return 'login_required'
  if (prompts.has('select_account') && resumed === undefined) return 'login_required'
  const isMet = acrValues.length === 0 || (user.acr !== null && acrValues.includes(user.acr))
  return isMet ? undefined : 'acr_unmet'
}
