import type { Guard } from 'tokenloop/resource'
import { type Handler, routes } from '../shared/routes.js'
import type { Scope } from './catalogue.js'

interface Issue {
  readonly id: string
  readonly title: string
  /** The owner of the token that was used: a user, or a service account. */
  readonly created_by: string
}

/** The API that the tokens are for, with the host's business data in memory. */
export function issuesApi(guard: Guard<Scope, 'token'>): Handler {
  const issues: Issue[] = []
  return routes({
    'GET /v1/issues': async (call) => {
      const access = await guard.check(call.request, 'issues:read', { ip: call.ip })
      return access.ok ? Response.json({ data: issues, next_cursor: null }) : access.response
    },

    'POST /v1/issues': async (call) => {
      const access = await guard.check(call.request, 'issues:write', { ip: call.ip })
      if (!access.ok) return access.response
      const { owner } = access.principal
      const title = titleIn(await call.request.json().catch(() => undefined))
      const issue: Issue = { id: `issue-${issues.length + 1}`, title, created_by: `${owner.kind}:${owner.id}` }
      issues.unshift(issue)
      return Response.json(issue, { status: 201 })
    },
  })
}

function titleIn(body: unknown): string {
  const title = typeof body === 'object' && body !== null && 'title' in body ? body.title : undefined
  return typeof title === 'string' ? title : 'Untitled'
}
