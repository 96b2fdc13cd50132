import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import type { ClientPolicy } from '../clients/candidate.js'

/**
 * Who may register a client (RFC 7591), and what the host says of it. Software statements (section 2.3) are ignored, which the RFC allows:
 * what counts is what stands beside them.
 */
export interface RegistrationOptions {
  /** Anybody may. */
  readonly open?: boolean
  /** Who has an initial access token may, once (section 3): `clients.initialAccess` makes them. */
  readonly initialAccessTokens?: boolean
  /** Asked about each client before it is registered, and before it changes its registration. */
  readonly policy?: ClientPolicy
}

const OPTIONS = optionsOf<RegistrationOptions>('registration', { open: true, initialAccessTokens: true, policy: true })

/** Registration as it is offered. */
export interface Registration {
  readonly isOpen: boolean
  readonly policy: ClientPolicy | undefined
}

/** Reads the option. `undefined` where clients cannot register. Throws `invalid_option`. */
export function registrationOf(given: RegistrationOptions | undefined): Registration | undefined {
  if (given === undefined) return undefined
  OPTIONS.check(given)
  const { open = false, initialAccessTokens = false, policy } = given
  if (typeof open !== 'boolean' || typeof initialAccessTokens !== 'boolean' || open === initialAccessTokens) {
    throw new TokenloopError('invalid_option', '`registration` is { open: true } or { initialAccessTokens: true }')
  }
  if (policy !== undefined && typeof policy !== 'function') {
    throw new TokenloopError('invalid_option', '`registration.policy` must be a function')
  }
  return { isOpen: open, policy }
}
