import type { AuthorizationServer } from 'tokenloop/oauth'
import type { Access, Guard } from 'tokenloop/resource'

/** Who is signed in, in every browser that comes. */
export const ALICE = { session: 's_1', subject: 'alice' }

/** What the API answers to who may call it. */
export type Api = (request: Request, principal: (Access & { ok: true })['principal']) => Promise<Response>

/** All that a host has to do, but for its pages: its user allows at once whatever she is asked. */
export function createHost(auth: AuthorizationServer, guard: Guard, api: Api) {
  const login = { ...ALICE, authTime: Date.now() }
  const decided = async (handle: string) => (await auth.decide(handle, { ...ALICE, approve: true })).response
  return async (request: Request): Promise<Response | undefined> => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname.endsWith('/oauth/authorize')) {
      const ask = await auth.begin(request, login)
      if (ask.kind === 'consent') return decided(ask.handle)
      if (ask.kind === 'redirect') return ask.response
      return new Response(ask.kind, { status: 400, ...('headers' in ask && { headers: ask.headers }) })
    }
    if (pathname === '/device') {
      const ask = await auth.device.begin(searchParams.get('user_code'), login)
      return ask.kind === 'consent' ? decided(ask.handle) : new Response(ask.kind, { status: 400 })
    }
    if (pathname === new URL(guard.resource).pathname) {
      const access = await guard.check(request)
      return access.ok ? api(request, access.principal) : access.response
    }
    return auth.handle(request)
  }
}
