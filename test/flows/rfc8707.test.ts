import { verifyJwt } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, world } from '../oauth/support.js'

const MCP = 'https://rs.test/mcp'
const API = 'https://rs.test/api'
const resources = [
  { id: MCP, scopes: ['read', 'write'], defaultScopes: ['read'] },
  { id: API, scopes: ['read', 'admin'] },
] as const

describe.each(flowTransports)('RFC 8707 $name', (over) => {
  const at = async () => {
    const w = await world({ over, resources })
    const client = await w.publicClient()
    const audienceOf = async (token: unknown) => {
      for (const audience of [MCP, API]) {
        const { keys, clock } = w
        if ((await verifyJwt(token, { issuer: ISSUER, audience, keys, clock })).ok) return audience
      }
      return undefined
    }
    const redeem = async (asked: Parameters<typeof w.asking>[1], fields: Parameters<typeof w.post>[1] = {}) => {
      const { code, verifier } = await w.codeFor(client, asked)
      const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
      return w.post('/oauth/token', { ...redemption, ...fields })
    }
    return { ...w, client, audienceOf, redeem }
  }

  it('a request that names neither resource nor scope gets the configured ones, and is told so', async () => {
    const { redeem, audienceOf } = await at()
    const { body } = await redeem({})
    expect(body.scope).toBe('read')
    expect(await audienceOf(body.access_token)).toBe(MCP)
  })

  it('a token is for one resource, with the scopes that this one knows', async () => {
    const { redeem, audienceOf, post, client } = await at()
    const { body } = await redeem({ resource: [MCP, API], scope: 'read write admin' }, { resource: MCP })
    expect(body.scope).toBe('read write')
    expect(await audienceOf(body.access_token)).toBe(MCP)
    const refresh = (fields: Parameters<typeof post>[1]) =>
      post('/oauth/token', {
        grant_type: 'refresh_token',
        client_id: client,
        refresh_token: String(body.refresh_token),
        ...fields,
      })
    const other = await refresh({ resource: API })
    expect(other.body.scope).toBe('read admin')
    expect(await audienceOf(other.body.access_token)).toBe(API)
  })

  it('what was not allowed at the authorization endpoint is not to be had at the token endpoint', async () => {
    const { redeem } = await at()
    for (const resource of [API, 'https://other.test', 'x']) {
      const refused = await redeem({ resource: MCP, scope: 'read' }, { resource })
      expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
    }
  })

  it('a scope is asked for with a resource that knows it', async () => {
    const { authorize, client } = await at()
    const errorOf = async (fields: Parameters<typeof authorize>[1]) =>
      (await authorize(client, fields)).location?.searchParams.get('error') ?? null
    expect(await errorOf({ scope: 'admin' })).toBe('invalid_scope')
    expect(await errorOf({ scope: 'admin', resource: MCP })).toBe('invalid_scope')
    expect(await errorOf({ scope: 'admin', resource: API })).toBeNull()
  })

  it('consent to one resource is none to another', async () => {
    const { auth, asking, authorize, client, alice } = await at()
    await authorize(client, { resource: MCP, scope: 'read' })
    const begin = async (resource: string) => auth.begin(asking(client, { resource, scope: 'read' }).request, alice)
    expect((await begin(MCP)).kind).toBe('redirect')
    expect(await begin(API)).toMatchObject({ kind: 'consent', view: { resources: [API] } })
  })
})
