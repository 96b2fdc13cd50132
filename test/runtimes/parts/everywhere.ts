import { createAccounts, createTokens, defineCatalogue, memoryStore, system, user } from 'tokenloop'
import { cached } from 'tokenloop/cache'
import { managementApi } from 'tokenloop/http'
import { createProver, issueJwt, managedKeys, verifyJwt, verifyProof } from 'tokenloop/jwt'
import { createClock, createTestKit, storeContract } from 'tokenloop/testing'
import { demand, type Parts, same } from './part.js'

const catalogue = defineCatalogue({
  'issues:read': { description: 'Read issues' },
  'issues:write': { description: 'Write issues', implies: ['issues:read'] },
})
const alice = user('alice')
const url = 'https://api.test/issues'
const by = user('alice', { scopes: catalogue.names })

/** What needs nothing but the standards of the web. */
export const everywhere: Parts = {
  async 'the store in memory'() {
    for (const { name, run } of storeContract) {
      const clock = createClock()
      await run(() => memoryStore({ clock }), clock).catch((cause) => demand(false, name, cause))
      await run(() => memoryStore({ latency: { max: 1 } })).catch((cause) => demand(false, name, cause))
    }
    demand(storeContract.length > 50, 'a contract of many promises')
  },

  async 'API tokens and service accounts'() {
    const clock = createClock()
    const store = cached(memoryStore({ clock }), { maxStaleness: '5s', clock })
    const peppers = [{ id: '1', key: crypto.getRandomValues(new Uint8Array(32)) }]
    const sealWith = [{ id: '1', key: crypto.getRandomValues(new Uint8Array(32)) }]
    const tokens = createTokens({ store, catalogue, prefix: 'acme', peppers, sealWith, uniqueNames: true })
    const { secret, token } = await tokens.issue({ by, owner: alice, name: 'ci', scopes: ['issues:write'] })
    same((await tokens.verify(secret, { scopes: ['issues:read'] })).ok, true, 'a token')
    same((await tokens.reveal(token.id, { by })).reveal(), secret.reveal(), 'a secret that is shown again')
    const next = await tokens.rotate(token.id, { by })
    const old = await tokens.verify(secret)
    same(old.ok || old.reason, 'revoked', 'a secret that was rotated away')
    clock.advance('367d')
    const late = await tokens.verify(next.secret)
    same(late.ok || late.reason, 'expired', 'a token that has expired')
    const accounts = createAccounts({ store, catalogue })
    const bot = await accounts.create({ by: system, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    const owner = { kind: 'account', id: bot.id } as const
    const ofBot = await tokens.issue({ by: system, owner, name: 'ci' })
    await accounts.delete(bot.id, { by: system })
    const gone = await tokens.verify(ofBot.secret)
    same(gone.ok || gone.reason, 'owner_inactive', 'a token of a service account that was deleted')
  },

  async 'JWTs, signing keys and DPoP'() {
    const store = memoryStore()
    const sealWith = [{ id: '1', key: crypto.getRandomValues(new Uint8Array(32)) }]
    const keys = managedKeys({ store, sealWith })
    await keys.ready()
    const audience = 'https://api.test'
    const issuer = 'https://auth.test'
    const claims = { iss: issuer, sub: 'alice', aud: audience, client_id: 'c_1', scope: 'issues:read' }
    const jwt = await issueJwt(keys, claims, { expiresIn: '10m' })
    const seen = await verifyJwt(jwt, { issuer, audience, keys })
    same(seen.ok && seen.claims.sub, 'alice', 'a JWT')
    const [head, body, signature = ''] = jwt.split('.')
    const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const refused = await verifyJwt(forged, { issuer, audience, keys })
    same(refused.ok || refused.reason, 'bad_signature', 'a forged JWT')
    const document: unknown = await (await keys.jwks()).json()
    demand(JSON.stringify(document).includes('"P-256"') && !JSON.stringify(document).includes('"d"'), 'public keys')
    const prover = await createProver()
    const proof = await prover.proof({ method: 'GET', url, accessToken: jwt })
    const how = { method: 'GET', url, accessToken: jwt, now: Date.now(), seen: store }
    same((await verifyProof(proof, how)).ok, true, 'a proof')
    same((await verifyProof(proof, how)).ok, false, 'a proof that is used again')
    same((await verifyProof(await prover.proof({ method: 'POST', url }), how)).ok, false, 'a proof of something else')
  },

  async 'the guard and the authorization server'() {
    for (const accessTokens of ['jwt', 'opaque'] as const) {
      const kit = createTestKit({ catalogue, accessTokens })
      const statusOf = async (headers: object, scope: 'issues:read' | 'issues:write' = 'issues:read') => {
        const access = await kit.guard.check(new Request(url, { headers: { ...headers } }), scope)
        return access.ok ? 200 : access.response.status
      }
      same(await statusOf({}), 401, 'a request without a credential')
      const app = await kit.client()
      const first = await app.connect(alice, 'issues:read')
      const next = await first.refresh()
      same((await first.refresh()).refreshToken, next.refreshToken, 'a refresh whose answer was lost')
      same([await statusOf(next.headers), await statusOf(next.headers, 'issues:write')], [200, 403], 'an app')
      kit.store.on('down')
      same(await statusOf(next.headers), 503, 'an app while the store fails')
      kit.store.off()
      await kit.auth.grants.revokeAll({ by: system, subject: 'alice' })
      same(await statusOf(next.headers), 401, 'an app that was disconnected')
      const machine = await kit.client({ grantTypes: ['client_credentials'], scopes: ['issues:write'] })
      same(await statusOf((await machine.clientCredentials()).headers, 'issues:write'), 200, 'a client for itself')
      const metadata = await kit.auth.handle(new Request('https://auth.test/.well-known/oauth-authorization-server'))
      same(metadata?.status, 200, 'the metadata of the server')
    }
  },

  async 'the management API'() {
    const { tokens, accounts } = createTestKit({ catalogue })
    const api = managementApi({ tokens, accounts, catalogue, basePath: '/v1', authenticate: async () => by })
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'ci', scopes: ['issues:read'] })
    const made = await api.handle(new Request('https://api.test/v1/api-tokens', { method: 'POST', headers, body }))
    same(made?.status, 201, 'a token that is made')
    const listed = await api.handle(new Request('https://api.test/v1/api-tokens'))
    demand((await listed?.text())?.includes('"ci"') ?? false, 'tokens that are listed')
  },
}
