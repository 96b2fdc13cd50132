import fastify from 'fastify'
import { mount, requireScopes } from 'tokenloop/fastify'
import { api, auth, guard, listening, origin, port } from './api.js'

const app = fastify()
await app.register(mount({ auth, api }, { origin, onError: console.error }))

app.get('/issues', { onRequest: requireScopes(guard, 'issues:read') }, async (request) => ({
  issues: [],
  for: request.principal?.kind,
}))

const at = await app.listen({ host: '127.0.0.1', port })
listening(Number(new URL(at).port))
