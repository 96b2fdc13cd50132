import type { Tokens } from 'tokenloop'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { type Call, type Handler, routes } from '../shared/routes.js'
import { AREAS, type Area, catalogue, type Scope } from './catalogue.js'
import type { Shop } from './shop.js'

/** The API that the tokens are for: `GET` and `POST /admin/subscriptions`, and so for each area. */
export function adminApi(tokens: Tokens<Scope>, shop: Shop): Handler {
  const guard = createGuard({
    resource: 'https://loop.example/admin',
    catalogue,
    accept: [apiTokens(tokens, { from: ['x-loop-token'] })],
    body: ({ status, error }) => ({ error: status === 401 ? 'invalid token' : error }),
  })

  const list = (area: Area) => async (call: Call) => {
    const access = await guard.check(call.request, `${area}:read`, { ip: call.ip })
    if (!access.ok) return access.response
    return Response.json({ [area]: shop.list(String(access.principal.tenant), area) })
  }

  const add = (area: Area) => async (call: Call) => {
    const access = await guard.check(call.request, `${area}:write`, { ip: call.ip })
    if (!access.ok) return access.response
    const name = nameIn(await call.request.json().catch(() => undefined))
    return Response.json(shop.add(String(access.principal.tenant), area, name), { status: 201 })
  }

  return routes(
    Object.fromEntries(
      AREAS.flatMap((area) => [
        [`GET /admin/${area}`, list(area)],
        [`POST /admin/${area}`, add(area)],
      ]),
    ),
  )
}

function nameIn(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' ? name : 'Unnamed'
}
