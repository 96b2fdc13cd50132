import { type Ask, begin, type Login } from './authorize/begin.js'
import { type Decided, type Decision, decide } from './authorize/decide.js'
import { type Clients, createClients } from './clients/clients.js'
import { createContext } from './context.js'
import type { Peer } from './endpoints/table.js'
import { handle, routesOf } from './handle.js'
import type { AuthorizationServerOptions } from './options.js'

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
  return Object.freeze({
    handle: (request: Request, from: Peer = {}) => handle(context, routes, request, from),
    begin: (request: Request, login: Login) => begin(context, request, login),
    decide: (handle: unknown, decision: Decision) => decide(context, handle, decision),
    clients: createClients(context) as Clients<Scope, Role>,
  })
}
