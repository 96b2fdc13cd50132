import type { ServerResponse } from 'node:http'
import { checkPart } from '../../core/options.js'
import type { Principal, PrincipalKind } from '../../core/principal.js'
import type { Access } from '../../resource/guard.js'
import { type Checks, type Demands, REQUIREMENTS, readDemands } from '../demands.js'
import { type Arrival, arrivalOf } from './arrival.js'
import type { NodeRequest } from './options.js'
import { HeaderLines } from './request.js'
import { send } from './send.js'

/** A request that a guard let pass: with who sent it. */
export type GuardedRequest<Kind extends PrincipalKind = PrincipalKind> = NodeRequest & {
  principal?: Principal<string, Kind>
}

/** Holds a request against what a route asks for. The body is not looked at. */
export type Judge<Scope extends string, Kind extends PrincipalKind> = (
  arrival: Omit<Arrival, 'res' | 'bytes'>,
) => Promise<Access<Scope, Kind>>

/** Throws `invalid_option` for what is no guard, and for options that there are not. */
export function judgeOf<Scope extends string, Kind extends PrincipalKind>(
  guard: Checks<Scope, Kind>,
  demands: Demands<Scope>,
): Judge<Scope, Kind> {
  checkPart('guard', guard, 'check')
  const { scopes, more } = readDemands(demands, REQUIREMENTS)
  return async ({ req, target, ip }) => {
    const asked = { headers: new HeaderLines(req), method: req.method ?? 'GET', url: target }
    return guard.check(asked, scopes, { ...more, ip })
  }
}

/**
 * A middleware that lets pass what has a credential with all of these scopes, and answers everything else as the guard does. Whoever
 * sent the request is its `principal` from then on. Networks are compared with `req.ip`, or with the other end of the socket where
 * nobody set it; each request costs 1 of each limit, or what `cost` says, after the scopes, where also `acr` and `maxAge` may stand. The body
 * stays unread, for the host: an `access_token` in a form, which `check` refuses beside a credential in a header, is neither taken nor
 * looked for. What the guard throws goes to `next`. Throws `invalid_option` for what is no guard.
 *
 * @example
 * app.get('/v1/issues', requireScopes(guard, 'issues:read'), (req, res) => res.json(req.principal))
 * app.post('/v1/payouts', requireScopes(guard, 'payouts:write', { maxAge: '10m' }), handler)
 */
export function requireScopes<Scope extends string, Kind extends PrincipalKind>(
  guard: Checks<Scope, Kind>,
  ...demands: Demands<NoInfer<Scope>>
) {
  const judge = judgeOf(guard, demands)
  // Whatever the host's types say of `principal` before it is judged.
  return (req: NodeRequest & { principal?: unknown }, res: ServerResponse, next: (error?: unknown) => void): void => {
    isAllowed(judge, req, res).then((allowed) => {
      if (allowed) next()
    }, next)
  }
}

async function isAllowed<Scope extends string, Kind extends PrincipalKind>(
  judge: Judge<Scope, Kind>,
  req: NodeRequest & { principal?: unknown },
  res: ServerResponse,
): Promise<boolean> {
  const access = await judge(arrivalOf(req, res))
  if (!access.ok) {
    await send(res, access.response)
    return false
  }
  for (const [name, value] of Object.entries(access.headers)) res.setHeader(name, value)
  req.principal = access.principal
  return true
}
