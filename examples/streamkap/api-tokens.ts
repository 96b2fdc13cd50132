import { TokenloopError, user } from 'tokenloop'
import type { AuthorizationServer, Client } from 'tokenloop/oauth'
import { type Call, type Handler, routes } from '../shared/routes.js'
import type { Sessions } from '../shared/sessions.js'
import { isProject, scopesOf } from './projects.js'

/** `/api/projects/{project}/api-tokens`, for whoever is signed in: tokens of a project, each a client id and a secret. */
export function apiTokens(auth: AuthorizationServer, sessions: Sessions): Handler {
  /** The caller in a project, or the answer to one who may not be there. */
  const enter = (call: Call, project: string) => {
    const session = sessions.fromThisSite(call)
    if (session === undefined) return refused(401, 'unauthorized')
    if (!isProject(project)) return refused(404, 'not_found')
    const by = user(session.user, { scopes: scopesOf(session.user), tenant: project })
    return { by, tenant: project, within: { tenant: project } }
  }

  return routes({
    'GET /api/projects/*/api-tokens': async (call, project = '') => {
      const entered = enter(call, project)
      if (entered instanceof Response) return entered
      const cursor = call.url.searchParams.get('cursor') ?? undefined
      return answered(async () => {
        const page = await auth.clients.list({ tenant: entered.tenant, cursor })
        return Response.json({ data: page.items.map(wireOf), next_cursor: page.cursor ?? null })
      })
    },

    'POST /api/projects/*/api-tokens': async (call, project = '') => {
      const entered = enter(call, project)
      if (entered instanceof Response) return entered
      const { by, tenant } = entered
      const wish = await wishOf(call.request)
      if (wish === undefined) return refused(422, 'invalid_input')
      return answered(async () => {
        const grantTypes = ['client_credentials', 'refresh_token'] as const
        const { client, secret } = await auth.clients.create({ by, tenant, ...wish, grantTypes })
        return Response.json(
          { ...wireOf(client), token: secret?.reveal() },
          { status: 201, headers: { 'cache-control': 'no-store' } },
        )
      })
    },

    'DELETE /api/projects/*/api-tokens/*': async (call, project = '', id = '') => {
      const entered = enter(call, project)
      if (entered instanceof Response) return entered
      const { by, within } = entered
      return answered(async () => {
        await auth.clients.delete(id, { by, within })
        return new Response(null, { status: 204 })
      })
    },
  })
}

const wireOf = ({ id, description, roles, createdAt, createdBy }: Client) => ({
  clientId: id,
  description,
  roles,
  created_by: createdBy.id,
  created_at: new Date(createdAt).toISOString(),
})

interface Wish {
  readonly description: string
  readonly roles: readonly string[]
}

/** What was asked for: a description, and one role or more. Which roles there are, the library knows. */
async function wishOf(request: Request): Promise<Wish | undefined> {
  const body: unknown = await request.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || !('description' in body) || !('roles' in body)) return undefined
  const { description, roles } = body
  const isDescribed = typeof description === 'string' && description.trim() !== ''
  return isDescribed && isNames(roles) && roles.length > 0 ? { description, roles } : undefined
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')

const STATUS: Readonly<Record<string, number>> = { not_found: 404, scope_not_allowed: 403, unavailable: 503 }

async function answered(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TokenloopError)) throw error
    return refused(STATUS[error.code] ?? 422, error.code)
  }
}

const refused = (status: number, error: string) => Response.json({ error }, { status })
