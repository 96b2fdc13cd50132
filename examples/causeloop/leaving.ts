import { type Accounts, user } from 'tokenloop'
import { type Handler, routes } from '../shared/routes.js'
import type { Sessions } from '../shared/sessions.js'
import type { Scope } from './catalogue.js'
import type { Members } from './members.js'

export interface LeavingOptions {
  readonly accounts: Accounts<Scope>
  readonly members: Members
  readonly sessions: Sessions
}

/**
 * `DELETE /v1/members/{name}`, for an administrator who is signed in: somebody leaves. All their tokens end in one write;
 * service accounts that they made are the workspace's, and live on.
 */
export function leaving({ accounts, members, sessions }: LeavingOptions): Handler {
  const refuse = (status: number, error: string) => Response.json({ error }, { status })
  return routes({
    'DELETE /v1/members/*': async (call, name = '') => {
      const session = sessions.fromThisSite(call)
      if (session === undefined) return refuse(401, 'unauthorized')
      if (!members.scopesOf(session.user).includes('workspace:admin')) return refuse(403, 'insufficient_scope')
      if (!members.has(name)) return refuse(404, 'not_found')
      await accounts.delete(user(name), { by: user(session.user) })
      members.remove(name)
      sessions.closeAll(name)
      return new Response(null, { status: 204 })
    },
  })
}
