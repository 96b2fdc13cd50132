/**
 * Express 4 and 5 in front of the library.
 *
 * @module tokenloop/express
 */

import type { ServerResponse } from 'node:http'
import type { Principal, PrincipalKind } from '../core/principal.js'
import type { Checks, Demands } from './demands.js'
import { answeringIn } from './node/answering.js'
import { arrivalOf } from './node/arrival.js'
import { exchange } from './node/exchange.js'
import { createSettings, type NodeOptions } from './node/options.js'
import { type GuardedRequest, requireScopes as middleware } from './node/require-scopes.js'
import { send } from './node/send.js'
import { type Parts, toldOf } from './parts.js'

export type { Requirements } from './demands.js'
export type { NodeOptions } from './node/options.js'
export type { Mountable } from './parts.js'

declare global {
  namespace Express {
    interface Request {
      /** Who sent the request, where `requireScopes` let it pass. */
      principal?: Principal
    }
  }
}

/** A middleware, as Express 4 and 5 take it. */
export type ExpressMiddleware = (req: GuardedRequest, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Puts an authorization server and a management API, or whatever answers its own requests, into an app: each is asked in turn, and what none
 * of them answers goes on. Paths are whole, under whatever the app mounts it; addresses are those of `req.ip`, by the app's `trust proxy`. What
 * fails goes to the app's handler of errors, as an error that holds no secret. It reads bodies itself: mounted after `express.json()` and
 * the like, a request that these have read is the error `body_read`, unless its bytes are kept, as `req.rawBody` or by `express.raw()`.
 * Throws `invalid_option`.
 *
 * @example
 * app.use(mount({ auth, api }, { origin: 'https://acme.dev' }))
 * app.get('/v1/issues', requireScopes(guard, 'issues:read'), (req, res) => res.json(req.principal))
 */
export function mount(parts: Parts, options: NodeOptions = {}): ExpressMiddleware {
  const answering = answeringIn(parts)
  const settings = createSettings(options)
  return (req, res, next) => {
    exchange(answering, settings, arrivalOf(req, res), (answer) => send(res, answer)).then(
      (isAnswered) => isAnswered || next(),
      (error) => next(toldOf(error)),
    )
  }
}

/**
 * A middleware that lets pass what has a credential with all of these scopes, and answers everything else as the guard does. Whoever
 * sent the request is `req.principal` from then on. Networks are compared with `req.ip`, by the app's `trust proxy`; each request costs 1 of
 * each limit, or what `cost` says, after the scopes, where also `acr` and `maxAge` may stand. The body stays unread, for the app. What the
 * guard throws goes to the app's handler of errors. Throws `invalid_option` for what is no guard.
 *
 * @example
 * app.post('/v1/payouts', requireScopes(guard, 'payouts:write', { maxAge: '10m' }), express.json(), handler)
 */
export const requireScopes = <Scope extends string>(
  guard: Checks<Scope, PrincipalKind>,
  ...demands: Demands<NoInfer<Scope>>
): ExpressMiddleware => middleware(guard, ...demands)
