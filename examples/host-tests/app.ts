import { type Accounts, system, user } from 'tokenloop'
import type { Guard } from 'tokenloop/resource'
import type { Scope } from './catalogue.js'

/** What the product takes of the library: its tests hand in the parts of a kit, its `main` those over a database. */
export interface Parts {
  readonly guard: Guard<Scope, 'token' | 'grant' | 'client'>
  readonly accounts: Pick<Accounts<Scope>, 'delete'>
}

/** A product with notes, which its users and their apps read and write. */
export function createApp({ guard, accounts }: Parts): (request: Request) => Promise<Response> {
  const notes: { readonly by: string; readonly text: string }[] = []

  /** The user for whom a request is made; a client that acts for itself has no notes. */
  const userOf = async (request: Request, scope: Scope) => {
    const access = await guard.check(request, scope)
    if (!access.ok) return access.response
    const { principal } = access
    if (principal.kind === 'client') return new Response(null, { status: 403 })
    return principal.kind === 'grant' ? principal.subject : principal.owner.id
  }

  const routes: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
    'GET /notes': async (request) => {
      const id = await userOf(request, 'notes:read')
      if (id instanceof Response) return id
      return Response.json(notes.filter(({ by }) => by === id).map(({ text }) => text))
    },
    'POST /notes': async (request) => {
      const by = await userOf(request, 'notes:write')
      if (by instanceof Response) return by
      notes.push({ by, text: await request.text() })
      return new Response(null, { status: 201 })
    },
    // A user who leaves takes all tokens and apps along, in one write.
    'DELETE /me': async (request) => {
      const id = await userOf(request, 'notes:write')
      if (id instanceof Response) return id
      await accounts.delete(user(id), { by: system })
      return new Response(null, { status: 204 })
    },
  }

  return async (request) => {
    const route = routes[`${request.method} ${new URL(request.url).pathname}`]
    try {
      return (await route?.(request)) ?? new Response(null, { status: 404 })
    } catch {
      return new Response(null, { status: 503 }) // Nobody knows whether it was done: the caller may ask again.
    }
  }
}
