import OAuth2Server from '@node-oauth/oauth2-server'
import { ACCESS_SECONDS, CALLBACK, SCOPE, SCOPES } from '../settings.js'

const { Request, Response } = OAuth2Server

/** It leaves what it keeps to the host: maps, and texts as they are. */
export function oauth2Server() {
  const secret = 'a-secret-of-the-machine-0123456789'
  const clients = new Map([
    ['client', { id: 'client', redirectUris: [CALLBACK], grants: ['authorization_code', 'refresh_token'] }],
    ['machine', { id: 'machine', secret, grants: ['client_credentials'] }],
  ])
  const codes = new Map()
  const accesses = new Map()
  const refreshes = new Map()
  const alice = { id: 'alice' }
  const model = {
    getClient: async (id, given) => {
      const client = clients.get(id)
      return client && (!client.secret || client.secret === given) ? client : undefined
    },
    validateScope: async (_user, _client, scope = SCOPES) => scope,
    saveAuthorizationCode: async (code, client, user) => {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode, saved)
      return saved
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    saveToken: async (token, client, user) => {
      const saved = { ...token, client, user }
      accesses.set(token.accessToken, saved)
      if (token.refreshToken) refreshes.set(token.refreshToken, saved)
      return saved
    },
    getRefreshToken: async (token) => refreshes.get(token),
    revokeToken: async ({ refreshToken }) => refreshes.delete(refreshToken),
    getUserFromClient: async (client) => ({ id: client.id }),
  }
  const server = new OAuth2Server({ model, accessTokenLifetime: ACCESS_SECONDS })
  const authenticateHandler = { handle: async () => alice }
  const requireClientAuthentication = { authorization_code: false, refresh_token: false }

  async function answer(req, res) {
    const [path, query] = req.url.split('?')
    const body = Object.fromEntries(new URLSearchParams(await textOf(req)))
    const { method, headers } = req
    const asked = new Request({ method, headers, query: Object.fromEntries(new URLSearchParams(query)), body })
    const said = new Response({ headers: {} })
    if (path === '/authorize') await server.authorize(asked, said, { authenticateHandler })
    else await server.token(asked, said, { requireClientAuthentication })
    res.writeHead(said.status, { 'content-type': 'application/json', ...said.headers }).end(JSON.stringify(said.body))
  }
  return {
    listener: (req, res) => answer(req, res).catch((error) => res.writeHead(error.code ?? 500).end(String(error))),
    authorize: '/authorize',
    token: '/token',
    client: 'client',
    parameters: { scope: SCOPE },
    machine: { id: 'machine', secret, parameters: { scope: SCOPE } },
  }
}

async function textOf(req) {
  let text = ''
  for await (const chunk of req) text += chunk
  return text
}
