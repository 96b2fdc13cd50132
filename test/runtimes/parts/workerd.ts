import { createTokens, defineCatalogue, memoryStore, system, user } from 'tokenloop'
import { createAuthorizationServer } from 'tokenloop/oauth'
import { accessTokens, apiTokens, createGuard } from 'tokenloop/resource'
import { everywhere } from './everywhere.js'
import { demand, doAll } from './part.js'

// Made where a worker makes what its requests share: there it may draw no random numbers, wait for nothing and set no timer.
const catalogue = defineCatalogue({ read: { description: 'Read' } })
const store = memoryStore()
const resource = 'https://api.test'
const issuer = 'https://auth.test'
const tokens = createTokens({ store, catalogue, prefix: 'acme' })
const auth = createAuthorizationServer({ issuer, store, catalogue, resources: [{ id: resource, format: 'opaque' }] })
const guard = createGuard({ resource, catalogue, accept: [apiTokens(tokens), accessTokens({ issuer, store })] })

async function answers(): Promise<void> {
  const { secret } = await tokens.issue({ by: system, owner: user('alice'), name: 'ci', scopes: ['read'] })
  const headers = { authorization: `Bearer ${secret.reveal()}` }
  demand((await guard.check(new Request(resource, { headers }), 'read')).ok, 'a request with a token')
  const metadata = await auth.handle(new Request(`${issuer}/.well-known/oauth-authorization-server`))
  demand(metadata?.status === 200, 'the metadata of the server')
  await tokens.flush()
}

export default {
  async test() {
    demand(!('process' in globalThis) && !('Buffer' in globalThis), 'a runtime that has nothing of Node')
    await answers()
    await doAll(everywhere)
  },
}
