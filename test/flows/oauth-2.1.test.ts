import { verifyJwt } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, RESOURCE, world } from '../oauth/support.js'

describe.each(flowTransports)('OAuth 2.1 $name', (over) => {
  it('a user consents, the client redeems its code with PKCE, and refreshes', async () => {
    const { auth, keys, clock, alice, post, asking, publicClient } = await world({ over })
    const client = await publicClient()
    const { request, verifier } = asking(client, { scope: 'read' })

    const ask = await auth.begin(request, alice)
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    expect(ask.view).toMatchObject({
      client: { name: 'Acme CLI', domain: null },
      redirectHost: 'client.test',
      isLoopback: false,
    })
    expect(ask.view.scopes).toMatchObject([{ name: 'read', description: 'Read things', granted: false }])

    const { response } = await auth.decide(ask.handle, {
      session: 's_1',
      subject: 'alice',
      approve: true,
      scopes: ['read'],
    })
    const location = new URL(response.headers.get('location') ?? '')
    expect(Object.fromEntries(location.searchParams)).toEqual({ code: expect.any(String), state: 'xyz', iss: ISSUER })

    const code = location.searchParams.get('code') ?? ''
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    const redeemed = await post('/oauth/token', redemption)
    expect(redeemed).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', expires_in: 600, scope: 'read', refresh_token_expires_in: 30 * 86_400 },
    })
    const checked = await verifyJwt(redeemed.body.access_token, { issuer: ISSUER, audience: RESOURCE, keys, clock })
    expect(checked).toMatchObject({ ok: true, claims: { sub: 'alice', client_id: client, scope: 'read' } })

    const refresh_token = String(redeemed.body.refresh_token)
    const refreshed = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token })
    expect(refreshed).toMatchObject({ status: 200, body: { scope: 'read' } })
    expect(refreshed.body.refresh_token).not.toBe(refresh_token)
    const again = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token })
    expect(again.body.refresh_token).toBe(refreshed.body.refresh_token)
    clock.advance('31s')
    const late = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token })
    expect(late).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const dead = { grant_type: 'refresh_token', client_id: client, refresh_token: String(refreshed.body.refresh_token) }
    expect(await post('/oauth/token', dead)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('what a user allowed before is not asked again, and new scopes are', async () => {
    const { auth, alice, asking, authorize, publicClient } = await world({ over })
    const client = await publicClient()
    await authorize(client, { scope: 'read' })
    expect((await auth.begin(asking(client, { scope: 'read' }).request, alice)).kind).toBe('redirect')
    const more = await auth.begin(asking(client, { scope: 'read write' }).request, alice)
    expect(more).toMatchObject({
      kind: 'consent',
      view: {
        scopes: [
          { name: 'read', granted: true },
          { name: 'write', granted: false },
        ],
      },
    })
  })
})
