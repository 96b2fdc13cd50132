import type { Guard } from 'tokenloop/resource'
import { type Call, type Handler, routes } from '../shared/routes.js'
import type { Scope } from './catalogue.js'
import { isProject, type Project } from './projects.js'

interface Pipeline {
  readonly id: string
  readonly name: string
  /** The client of the token that was used. */
  readonly created_by: string
}

/** The API that the tokens are for, with the host's business data in memory. A token opens its own project, and no other. */
export function pipelinesApi(guard: Guard<Scope, 'client' | 'grant'>): Handler {
  const pipelines: Record<Project, Pipeline[]> = { p1: [], p2: [] }

  const opened = async (call: Call, project: string, scope: Scope) => {
    const access = await guard.check(call.request, scope, { ip: call.ip })
    if (!access.ok) return access.response
    const isOwn = isProject(project) && access.principal.tenant === project
    return isOwn ? { list: pipelines[project], by: access.principal.client } : refused(403, 'wrong_project')
  }

  return routes({
    'GET /api/projects/*/pipelines': async (call, project = '') => {
      const door = await opened(call, project, 'pipelines:read')
      return door instanceof Response ? door : Response.json({ data: door.list })
    },

    'POST /api/projects/*/pipelines': async (call, project = '') => {
      const door = await opened(call, project, 'pipelines:write')
      if (door instanceof Response) return door
      const name = nameIn(await call.request.json().catch(() => undefined))
      const pipeline = { id: `pipeline-${door.list.length + 1}`, name, created_by: door.by }
      door.list.unshift(pipeline)
      return Response.json(pipeline, { status: 201 })
    },
  })
}

const refused = (status: number, error: string) => Response.json({ error }, { status })

function nameIn(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' ? name : 'Unnamed'
}
