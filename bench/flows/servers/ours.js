import { defineCatalogue, memoryStore, system } from '../../../dist/index.js'
import { managedKeys } from '../../../dist/jwt.js'
import { mount, toNodeListener } from '../../../dist/node.js'
import { createAuthorizationServer } from '../../../dist/oauth.js'
import { CALLBACK, RESOURCE, SCOPES } from '../settings.js'

/** As a host mounts it, whose user is signed in; what she allowed once is remembered. */
export async function ours({ origin, format }) {
  const store = memoryStore()
  const catalogue = defineCatalogue(Object.fromEntries(SCOPES.map((scope) => [scope, { description: scope }])))
  const keys = managedKeys({ store, sealWith: [{ id: '1', key: new Uint8Array(32) }] })
  await keys.ready()
  const auth = createAuthorizationServer({
    issuer: origin,
    store,
    catalogue,
    keys,
    resources: [{ id: RESOURCE, format }],
  })
  const login = { session: 's_1', subject: 'alice', authTime: Date.now() }
  const page = toNodeListener(
    async (request) => {
      const ask = await auth.begin(request, login)
      if (ask.kind === 'redirect') return ask.response
      if (ask.kind !== 'consent') return new Response(ask.reason, { status: 400 })
      return (await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })).response
    },
    { origin },
  )
  const mounted = mount({ auth }, { origin })
  const listener = (req, res) => mounted(req, res, () => page(req, res))
  const { client } = await auth.clients.create({ by: system, name: 'App', redirectUris: [CALLBACK] })
  const machine = await auth.clients.create({ by: system, scopes: SCOPES, grantTypes: ['client_credentials'] })
  return {
    listener,
    authorize: '/oauth/authorize',
    token: '/oauth/token',
    client: client.id,
    machine: { id: machine.client.id, secret: machine.secret.reveal() },
  }
}
