import { createTokens, defineCatalogue, memoryStore, system, user } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { managedKeys } from 'tokenloop/jwt'
import { createAuthorizationServer } from 'tokenloop/oauth'
import { apiTokens, createGuard, jwts } from 'tokenloop/resource'

/** Where the examples are, for whoever calls them. */
export const origin = 'https://acme.example'

const catalogue = defineCatalogue({ 'issues:read': { description: 'Read issues' } })
const store = memoryStore()
const tokens = createTokens({ store, catalogue, prefix: 'acme' })
const keys = managedKeys({ store, sealWith: [{ id: '1', key: crypto.getRandomValues(new Uint8Array(32)) }] })

/** Tells an app's tokens and people's from everything else. */
export const guard = createGuard({
  resource: origin,
  catalogue,
  accept: [apiTokens(tokens), jwts({ issuer: origin, keys, store })],
})

/** Apps that act for users. */
export const auth = createAuthorizationServer({ issuer: origin, store, catalogue, keys, resources: [{ id: origin }] })

/** Tokens that people manage, who come with a token here; with a session of yours, as yours says. */
export const api = managementApi({
  tokens,
  catalogue,
  basePath: '/v1',
  authenticate: async (request) => {
    const access = await guard.check(request)
    if (!access.ok) return access.response
    return access.principal.kind === 'token' ? access.principal : undefined
  },
})

/** A first token, to try it out. */
export const { secret } = await tokens.issue({
  by: system,
  owner: user('alice'),
  name: 'laptop',
  scopes: ['issues:read'],
})

/** Where to listen, and what to say then. */
export const port = Number(process.env.PORT ?? 3000)
export const listening = (on: number) => console.log(`listening on http://localhost:${on}, for ${secret.reveal()}`)
