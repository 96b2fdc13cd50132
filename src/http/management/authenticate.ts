import type { ActingToken, User } from '../../core/subject.js'

/** What the host answers about a request: who calls, nobody, or an answer of its own, which is sent as it is. */
export type Authenticated = User | ActingToken | Response | null | undefined

/**
 * Says who calls: `user(id, { scopes, tenant })` for somebody who is signed in, or a token's principal; nobody is a 401. The
 * scopes are what they may hand on, the tenant is where they act. Never `system`, which no request is. A host that knows
 * people by a cookie must see to it that another site cannot make a browser call (the `Origin` header, or `SameSite`).
 * The body is not to be read. What it throws, answers too late or in another shape is a 503.
 *
 * @example
 * const authenticate = async (request: Request) => {
 *   const session = await sessionOf(request)
 *   if (session) return user(session.userId, { scopes: scopesOf(session), tenant: session.workspace })
 *   const access = await guard.check(request)
 *   return access.ok ? access.principal : access.response
 * }
 */
export type Authenticate = (request: Request) => Authenticated | Promise<Authenticated>
