import { createServer } from 'node:http'

/*
 * The process of one server. It tells where it listens and what a client needs to know, and from then on how much of the processor's
 * time it took.
 */

const SERVERS = {
  floor: async () => (await import('./servers/floor.js')).floor,
  tokenloop: async () => (await import('./servers/ours.js')).ours,
  'oidc-provider': async () => (await import('./servers/oidc-provider.js')).oidcProvider,
  '@node-oauth/oauth2-server': async () => (await import('./servers/oauth2-server.js')).oauth2Server,
  'better-auth': async () => (await import('./servers/better-auth.js')).betterAuthServer,
}

const [name, format] = process.argv.slice(2)
const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${server.address().port}`
  const make = await SERVERS[name]()
  const { listener, ...facts } = await make({ origin, format })
  server.on('request', listener)
  process.send({ origin, ...facts })
})

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})
process.on('disconnect', () => process.exit())
