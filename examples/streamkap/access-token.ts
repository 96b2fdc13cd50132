import type { AuthorizationServer, Exchanged } from 'tokenloop/oauth'
import { type Handler, routes } from '../shared/routes.js'

/**
 * `POST /auth/access-token` and `/auth/access-token/refresh`: a wire format of this product's own, over the same grants that the token
 * endpoint of OAuth would answer.
 */
export function accessTokens(auth: AuthorizationServer): Handler {
  return routes({
    'POST /auth/access-token': async ({ request }) => {
      const { client_id: clientId, secret } = await fieldsOf(request)
      return answer(await auth.exchange({ clientId, secret }))
    },

    'POST /auth/access-token/refresh': async ({ request }) => {
      const { refresh_token: refreshToken } = await fieldsOf(request)
      return answer(await auth.refresh({ refreshToken }))
    },
  })
}

/** The members of a JSON body, whatever they are; none of what is no object. */
async function fieldsOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await request.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function answer(result: Exchanged): Response {
  const headers = { 'cache-control': 'no-store' }
  if (result.ok) {
    const { accessToken, refreshToken, expiresAt, expiresIn } = result
    const expires = new Date(expiresAt).toISOString()
    const body = { accessToken: accessToken.reveal(), refreshToken: refreshToken?.reveal(), expires, expiresIn }
    return Response.json(body, { headers })
  }
  if (result.reason === 'unavailable') {
    return Response.json({ error: 'unavailable' }, { status: 503, headers: { ...headers, 'retry-after': '1' } })
  }
  return Response.json({ error: 'unauthorized' }, { status: 401, headers })
}
