import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineCatalogue, memoryStore } from 'tokenloop'
import { managedKeys } from 'tokenloop/jwt'
import { toNodeListener } from 'tokenloop/node'
import { type AuthorizationServerOptions, createAuthorizationServer } from 'tokenloop/oauth'
import { createGuard, dpop, jwts } from 'tokenloop/resource'
import { onTestFinished } from 'vitest'
import { type Api, createHost } from './host.js'

export const catalogue = defineCatalogue({
  'things:read': { description: 'Read things' },
  'things:write': { description: 'Write things', implies: ['things:read'] },
})

/** An answer that says whom the API took a request for. */
const whoami: Api = async (_request, principal) =>
  Response.json({
    kind: principal.kind,
    ...('client' in principal && { client: principal.client }),
    ...(principal.kind === 'grant' && { subject: principal.subject }),
    scopes: principal.scopes,
  })

export interface Served extends Partial<AuthorizationServerOptions<'things:read' | 'things:write'>> {
  readonly api?: Api
  /** Where below its origin the issuer is. */
  readonly path?: string
  /** What stands in front of it and may answer otherwise. */
  readonly front?: Front
}

export type Front = (request: Request, answer: (request: Request) => Promise<Response>) => Promise<Response>

/** An authorization server with an API beside it, on a port of this machine until the test is over. */
export async function served({ api = whoami, path = '', front, ...options }: Served = {}) {
  let listener: RequestListener | undefined
  const server = createServer((req, res) => listener?.(req, res))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const issuer = origin + path
  const resource = `${origin}/mcp`
  const store = memoryStore()
  const keys = managedKeys({ store, sealWith: [{ id: '1', key: new Uint8Array(32).fill(7) }] })
  await keys.ready()
  const auth = createAuthorizationServer({ issuer, store, catalogue, keys, resources: [{ id: resource }], ...options })
  const accept = [jwts({ issuer, keys, store, dpop: dpop({ seen: store }) })]
  const host = createHost(auth, createGuard({ resource, catalogue, accept }), api)
  const answer = async (request: Request) => (await host(request)) ?? new Response(null, { status: 404 })
  listener = toNodeListener((request) => front?.(request, answer) ?? host(request), { origin })
  return { issuer, resource, auth }
}

/** Where a browser is led from an address: there, its user is signed in, and allows all. */
export async function browse(address: URL | string): Promise<URL> {
  const response = await fetch(address, { redirect: 'manual' })
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${response.status}: ${await response.text()}`)
  return new URL(location)
}
