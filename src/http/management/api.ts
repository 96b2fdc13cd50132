import { faultResponse, problemResponse, SAFE_HEADERS } from '../problems.js'
import { accountTokens } from './account-tokens.js'
import { API_TOKENS } from './api-tokens.js'
import { callerOf } from './caller.js'
import { documentEndpoint } from './document.js'
import type { Endpoint } from './endpoint.js'
import { readJson, readQuery } from './input.js'
import { documentOf } from './openapi.js'
import { type Context, createContext, type ManagementApiOptions } from './options.js'
import { createRouter, type Route } from './router.js'
import { serviceAccounts } from './service-accounts.js'

/** What `managementApi` makes. */
export interface ManagementApi {
  /** Answers a request for one of its endpoints, faults included; `undefined` for what is not its own. Never rejects. */
  handle(request: Request): Promise<Response | undefined>
  /** The OpenAPI 3.1 document of the endpoints. */
  openapi(): Record<string, unknown>
}

/**
 * An API by which people and programs manage their API tokens and the service accounts of their tenant. Whoever `authenticate` names
 * manages the tokens of their own (as owner, in their tenant); service accounts take a scope. Problems are those of RFC 9457,
 * each with a stable `code`; lists are paged by cursor. Throws `invalid_option`, or `unknown_scope` for `accountsScope`.
 *
 * | | |
 * |---|---|
 * | `GET POST /api-tokens`, `PATCH DELETE /api-tokens/{id}`, `POST /api-tokens/{id}/roll` | the caller's tokens |
 * | `GET /api-tokens/scopes` | the catalogue in its groups |
 * | `GET POST /service-accounts`, `PATCH DELETE /service-accounts/{id}` | the service accounts of the caller's tenant |
 * | `GET POST /service-accounts/{id}/tokens`, `DELETE /service-accounts/{id}/tokens/{tok_id}` | their tokens |
 * | `GET /openapi.json` | the document, for anyone |
 *
 * @example
 * const api = managementApi({ tokens, accounts, catalogue, authenticate, basePath: '/v1', accountsScope: 'workspace:admin' })
 * const response = (await api.handle(request)) ?? new Response('Not Found', { status: 404 })
 */
export function managementApi<Scope extends string, Role extends string>(
  options: ManagementApiOptions<Scope, Role>,
): ManagementApi {
  const context = createContext(options)
  const endpoints = tableOf(context)
  const route = createRouter(endpoints, context.basePath)

  return Object.freeze({
    async handle(request: Request) {
      const url = new URL(request.url)
      const found = route(request.method, url.pathname)
      if (found.kind === 'foreign') return undefined
      const response = await respond(context, request, url, found)
      return request.method === 'HEAD' ? new Response(null, response) : response
    },
    openapi: () => documentOf(endpoints, context),
  })
}

/** One file a resource. */
function tableOf(context: Context): readonly Endpoint[] {
  const { accounts } = context
  const endpoints: readonly Endpoint[] = [
    ...API_TOKENS,
    ...(accounts === undefined ? [] : [...serviceAccounts(accounts), ...accountTokens(accounts)]),
    documentEndpoint(() => documentOf(endpoints, context)),
  ]
  return endpoints
}

async function respond(context: Context, request: Request, url: URL, route: Own): Promise<Response> {
  try {
    switch (route.kind) {
      case 'not_found':
        return problemResponse('not_found')
      case 'method_not_allowed':
        return problemResponse('method_not_allowed', { headers: { allow: route.allow } })
      case 'found':
        return await answer(context, request, url, route)
    }
  } catch (error) {
    return faultResponse(error, context.report)
  }
}

type Own = Exclude<Route, { kind: 'foreign' }>
type Found = Extract<Route, { kind: 'found' }>

/** Who calls comes first, then whether they may, and only then what they want. */
async function answer(context: Context, request: Request, url: URL, { endpoint, ids }: Found): Promise<Response> {
  const caller = endpoint.open ? undefined : await callerOf(context, request)
  if (caller instanceof Response) return caller
  const run = endpoint.admit(caller, context)
  const result = await run(
    {
      query: endpoint.query && readQuery(url),
      body: endpoint.body && (await readJson(request, context.bodyLimit)),
    },
    ids,
  )
  return new Response(result === undefined ? null : JSON.stringify(result), {
    status: endpoint.status,
    headers: { ...SAFE_HEADERS, ...(result !== undefined && { 'content-type': 'application/json' }) },
  })
}
