import { type TokenPrincipal, type User, user } from 'tokenloop'
import type { Guard } from 'tokenloop/resource'
import type { Sessions } from '../shared/sessions.js'
import type { Scope } from './catalogue.js'
import { type Members, WORKSPACE } from './members.js'

/** Says who calls: a token, somebody who is signed in, nobody, or the answer to a token that is refused. */
export type WhoCalls = (request: Request) => Promise<User | TokenPrincipal | Response | undefined>

/** A token that was sent is what counts, whoever is signed in. A cookie counts on this site alone. */
export const whoCalls =
  (guard: Guard<Scope, 'token'>, sessions: Sessions, members: Members): WhoCalls =>
  async (request) => {
    const access = await guard.check(request)
    if (access.ok) return access.principal
    if (access.reason !== 'missing') return access.response
    const session = sessions.fromThisSite({ request })
    if (session === undefined) return undefined
    return user(session.user, { scopes: members.scopesOf(session.user), tenant: WORKSPACE })
  }
