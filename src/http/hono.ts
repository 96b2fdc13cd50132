/**
 * Hono in front of the library.
 *
 * @module tokenloop/hono
 */

import type { Context, MiddlewareHandler } from 'hono'
import { checkPart, optionsOf } from '../core/options.js'
import type { Principal, PrincipalKind } from '../core/principal.js'
import { bodyRead } from './body-read.js'
import { type Checks, type Demands, REQUIREMENTS, type Requirements, readDemands } from './demands.js'
import { inTurn, type Parts, type Peer, partsOf, toldOf } from './parts.js'

export type { Mountable } from './parts.js'

/** The options of `mount`. */
export interface HonoOptions {
  /**
   * Where a request came from. Only the host knows what its runtime and its proxies say of it: `(c) => getConnInfo(c).remote.address`, with
   * the `getConnInfo` of the runtime. Without it nobody's address is known, and tokens for some networks alone are refused.
   */
  readonly ip?: (c: Context) => string | undefined
}

/** What a route asks for besides scopes, and where its requests come from. */
export type HonoRequirements = Requirements & HonoOptions

const OPTIONS = optionsOf<HonoOptions>('mount', { ip: true })

/**
 * Puts an authorization server and a management API, or whatever answers its own requests, into an app, on any runtime: each is asked in
 * turn, and what none of them answers goes on. What fails goes to the app's handler of errors, as an error that holds no secret. A
 * request whose body something has read before is the error `body_read`. Throws `invalid_option`.
 *
 * @example
 * app.use(mount({ auth, api }, { ip: (c) => getConnInfo(c).remote.address }))
 * app.get('/v1/issues', requireScopes(guard, 'issues:read'), (c) => c.json(c.var.principal))
 */
export function mount(parts: Parts, options: HonoOptions = {}): MiddlewareHandler {
  OPTIONS.check(options)
  const { ip } = options
  const ask = inTurn(partsOf(parts).map((part) => (request: Request, from: Peer) => part.handle(request, from)))
  return async (c, next) => {
    const { request, check } = readable(c.req.raw)
    const response = await (async () => ask(request, { ip: ip?.(c) }))()
      .finally(check)
      .catch((error) => {
        throw toldOf(error)
      })
    return response ?? next()
  }
}

/**
 * A middleware that lets pass what has a credential with all of these scopes, and answers everything else as the guard does. Whoever
 * sent the request is `c.var.principal` from then on. Each request costs 1 of each limit, or what `cost` says, after the scopes, where
 * also `acr`, `maxAge` and `ip` may stand. What the guard throws goes to the app's handler of errors. Throws `invalid_option` for what is
 * no guard.
 *
 * @example
 * app.post('/v1/payouts', requireScopes(guard, 'payouts:write', { maxAge: '10m' }), (c) => c.json({ by: c.var.principal }))
 */
export function requireScopes<Scope extends string, Kind extends PrincipalKind>(
  guard: Checks<Scope, Kind>,
  ...demands: Demands<NoInfer<Scope>, HonoRequirements>
): MiddlewareHandler<{ Variables: { principal: Principal<Scope, Kind> } }> {
  checkPart('guard', guard, 'check')
  const { scopes, more = {} } = readDemands<Scope, HonoRequirements>(demands, { ...REQUIREMENTS, ip: true })
  const { ip, ...requirements } = more
  return async (c, next) => {
    const access = await guard.check(c.req.raw, scopes, { ...requirements, ip: ip?.(c) })
    if (!access.ok) return access.response
    c.set('principal', access.principal)
    await next()
    // Afterwards, since an answer that a handler made without Hono would lose them.
    for (const [name, value] of Object.entries(access.headers)) c.header(name, value)
    return undefined
  }
}

/** A request as a part may read it, and a check, for afterwards, whether somebody wanted a body that was gone. */
function readable(raw: Request): { request: Request; check: () => void } {
  if (!raw.bodyUsed) return { request: raw, check() {} }
  const { method, headers, signal } = raw
  let isWanted = false
  const body = new ReadableStream(
    {
      pull(controller) {
        isWanted = true
        controller.error(bodyRead())
      },
    },
    { highWaterMark: 0 },
  )
  return {
    request: new Request(raw.url, { method, headers, signal, body, duplex: 'half' }),
    check() {
      if (isWanted) throw bodyRead()
    },
  }
}
