import type { ServerResponse } from 'node:http'
import { checkPart } from '../../core/options.js'
import type { Principal, PrincipalKind } from '../../core/principal.js'
import type { Guard } from '../../resource/guard.js'
import type { NodeRequest } from './options.js'
import { headersOf, peerOf } from './request.js'
import { send } from './send.js'

/** A request that a guard let pass: with who sent it. */
export type GuardedRequest<Kind extends PrincipalKind = PrincipalKind> = NodeRequest & {
  principal?: Principal<string, Kind>
}

/**
 * A middleware that lets pass what has a credential with all of these scopes, and answers everything else as the guard does. Whoever
 * sent the request is its `principal` from then on. Networks are compared with `req.ip`, or with the other end of the socket where
 * nobody set it; each request costs 1 of each limit. The body stays unread, for the host: an `access_token` in a form, which `check`
 * refuses beside a credential in a header, is neither taken nor looked for. What the guard throws goes to `next`.
 * Throws `invalid_option` for what is no guard.
 *
 * @example
 * app.get('/v1/issues', requireScopes(guard, 'issues:read'), (req, res) => res.json(req.principal))
 *
 * @example
 * // Once, where the types of Express are in use:
 * declare global { namespace Express { interface Request { principal?: Principal } } }
 */
export function requireScopes<Scope extends string, Kind extends PrincipalKind>(
  guard: Pick<Guard<Scope, Kind>, 'check'>,
  ...scopes: NoInfer<Scope>[]
) {
  checkPart('guard', guard, 'check')
  return (req: GuardedRequest<Kind>, res: ServerResponse, next: (error?: unknown) => void): void => {
    isAllowed(guard, scopes, req, res).then((allowed) => {
      if (allowed) next()
    }, next)
  }
}

async function isAllowed<Scope extends string, Kind extends PrincipalKind>(
  guard: Pick<Guard<Scope, Kind>, 'check'>,
  scopes: readonly Scope[],
  req: GuardedRequest<Kind>,
  res: ServerResponse,
): Promise<boolean> {
  const access = await guard.check({ headers: headersOf(req) }, scopes, peerOf(req))
  if (!access.ok) {
    await send(res, access.response)
    return false
  }
  for (const [name, value] of Object.entries(access.headers)) res.setHeader(name, value)
  req.principal = access.principal
  return true
}
