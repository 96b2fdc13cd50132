import { answersPlainly, type PlainHandler, plainRequest, responseOf } from '../core/plain.js'
import { type ConnectedApps, connectedApps } from './apps/apps.js'
import type { Ask } from './authorize/ask.js'
import { begin } from './authorize/begin.js'
import { type Decided, type Decision, decide } from './authorize/decide.js'
import type { Login } from './authorize/login.js'
import { type Clients, createClients } from './clients/clients.js'
import { createContext } from './context.js'
import { beginDevice, type DeviceAsk } from './device/begin.js'
import type { Peer } from './endpoints/table.js'
import { type Exchanged, type ExchangeInput, exchange, type RefreshInput, refresh } from './exchange.js'
import { handle } from './handle.js'
import type { AuthorizationServerOptions } from './options.js'
import type { Explanation } from './refusal.js'
import { inPlaceOf } from './report.js'
import { routesOf } from './routes.js'

/** An OAuth 2.1 authorization server on the host's own users and pages: what `createAuthorizationServer` makes. */
export interface AuthorizationServer<Scope extends string = string, Role extends string = string> {
  /**
   * Answers the endpoints that clients call, and the metadata; `undefined` for what is not its own. Never rejects: a store that fails is
   * 503. `from.ip` is the caller's address, from a proxy that the host trusts.
   */
  handle(request: Request, from?: Peer): Promise<Response | undefined>
  /** Answers an authorization request, on the host's own page for it. Never rejects on a request. */
  begin(request: Request, login: Login): Promise<Ask>
  /** Answers what a user said on the consent page, once. Takes whatever the page sends. */
  decide(handle: unknown, decision: Decision): Promise<Decided>
  /**
   * Exchanges a client's id and secret for tokens of the client itself, for a host that has a wire format of its own. Takes whatever was
   * sent; answers, and never rejects on it.
   *
   * @example
   * const set = await auth.exchange({ clientId: body.client_id, secret: body.secret })
   * if (set.ok) respond({ accessToken: set.accessToken.reveal(), expires: new Date(set.expiresAt) })
   */
  exchange(input: ExchangeInput): Promise<Exchanged>
  /** Refreshes what `exchange` gave; a repeat whose answer was lost gets the same refresh token. */
  refresh(input: RefreshInput): Promise<Exchanged>
  /** Connected apps. */
  readonly grants: ConnectedApps
  /** Writes the use that was gathered since the last flush. Errors: `unavailable`; nothing is lost then. */
  flush(): Promise<void>
  /** Flushes, and gathers no more. For the host's own shutdown. Errors: `unavailable`, after 5 seconds at the latest. */
  close(): Promise<void>
  readonly device: {
    /** Answers the code that a user typed from their device (RFC 8628), on the host's own page for it. Takes whatever the page sends. */
    begin(userCode: unknown, login: Login): Promise<DeviceAsk>
  }
  /**
   * Why an answer of `handle`, `begin`, `decide`, `exchange` or `refresh` refuses: for the host's own logs, as the event `oauth.refused`
   * says it. On the wire is only the code of the standard. `undefined` for what refuses nothing.
   *
   * @example
   * const response = await auth.handle(request)
   * if (response) log.debug(auth.explain(response))   // { endpoint: 'token', rule: 'code_expired', error: 'invalid_grant', … }
   */
  explain(answer: Response | Ask | Decided | Exchanged): Explanation | undefined
  /** The clients, in the hands of the host. */
  readonly clients: Clients<Scope, Role>
}

/**
 * Makes an authorization server. Throws `invalid_option`.
 *
 * @example
 * const auth = createAuthorizationServer({ issuer: 'https://auth.acme.dev', store, catalogue, keys, resources: [{ id: 'https://api.acme.dev' }] })
 */
export function createAuthorizationServer<Scope extends string, Role extends string>(
  options: AuthorizationServerOptions<Scope, Role>,
): AuthorizationServer<Scope, Role> {
  const context = createContext(options)
  const routes = routesOf(context)
  const answer: PlainHandler = (request, from) => handle(context, routes, request, from)
  const server = Object.freeze({
    async handle(request: Request, from: Peer = {}) {
      const answered = await answer(plainRequest(request), from)
      return answered && inPlaceOf(context, answered, responseOf(answered))
    },
    begin: (request: Request, login: Login) => begin(context, request, login),
    decide: (handle: unknown, decision: Decision) => decide(context, handle, decision),
    exchange: async (input: ExchangeInput) => exchange(context, input),
    refresh: async (input: RefreshInput) => refresh(context, input),
    grants: connectedApps(context),
    flush: context.uses.flush,
    close: context.uses.close,
    device: Object.freeze({
      begin: (userCode: unknown, login: Login) => beginDevice(context, userCode, login),
    }),
    explain: (answer: object) => context.explanations.get('response' in answer ? (answer.response as object) : answer),
    clients: createClients(context) as Clients<Scope, Role>,
  })
  return answersPlainly(server, answer)
}
