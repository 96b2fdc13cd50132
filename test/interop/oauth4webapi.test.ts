import * as oauth from 'oauth4webapi'
import { system } from 'tokenloop'
import { createNonces } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { browse, type Served, served } from './support.js'

const HTTP = { [oauth.allowInsecureRequests]: true }
const CALLBACK = 'http://127.0.0.1:4711/callback'

/** The server as the client finds it. */
async function discovered(options: Served = {}) {
  const { issuer, resource, auth } = await served(options)
  const url = new URL(issuer)
  const as = await oauth.processDiscoveryResponse(
    url,
    await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...HTTP }),
  )
  return { as, resource, auth }
}

type Found = Awaited<ReturnType<typeof discovered>>

async function publicClient({ auth }: Found): Promise<oauth.Client> {
  const { client } = await auth.clients.create({ by: system, name: 'CLI', redirectUris: ['http://127.0.0.1/callback'] })
  return { client_id: client.id }
}

/** A request for authorization, with the verifier that goes with it. */
async function asking(client: oauth.Client, more: Readonly<Record<string, string>> = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: oauth.generateRandomState(),
    ...more,
  }
  return { verifier, parameters }
}

/** Leads a browser through it, and checks what comes back. */
async function allowed({ as }: Found, client: oauth.Client, query: Readonly<Record<string, string>>, state?: string) {
  const location = await browse(`${as.authorization_endpoint}?${new URLSearchParams(query)}`)
  return oauth.validateAuthResponse(as, client, location, state)
}

async function connected(found: Found, client: oauth.Client, more: Readonly<Record<string, string>> = {}) {
  const { verifier, parameters } = await asking(client, more)
  const answer = await allowed(found, client, parameters, parameters.state)
  const { as } = found
  const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, CALLBACK, verifier, HTTP)
  return oauth.processAuthorizationCodeResponse(as, client, response)
}

async function called(found: Found, token: string, options = {}) {
  const url = new URL(found.resource)
  const response = await oauth.protectedResourceRequest(token, 'GET', url, undefined, null, { ...HTTP, ...options })
  return response.json()
}

describe('oauth4webapi', () => {
  it('gets a code with PKCE on a loopback port of its own, redeems it, and calls the API', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const set = await connected(found, client)
    expect(set).toMatchObject({ token_type: 'bearer', expires_in: 600, scope: 'things:read things:write' })
    expect(await called(found, set.access_token)).toMatchObject({ subject: 'alice', client: client.client_id })
  })

  it('finds the authorization server by the API, which says where it is', async () => {
    const { resource, as } = await discovered()
    const url = new URL(resource)
    const response = await oauth.resourceDiscoveryRequest(url, HTTP)
    const metadata = await oauth.processResourceDiscoveryResponse(url, response)
    expect(metadata.authorization_servers).toEqual([as.issuer])
  })

  it('registers itself, as a public client', async () => {
    const found = await discovered({ registration: { open: true } })
    const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', client_name: 'CLI' }
    const response = await oauth.dynamicClientRegistrationRequest(found.as, metadata, HTTP)
    const client = await oauth.processDynamicClientRegistrationResponse(response)
    expect(await connected(found, client)).toMatchObject({ token_type: 'bearer' })
  })

  it('pushes its request first, and the browser carries nothing but where it is', async () => {
    const found = await discovered({ requirePushedRequests: true })
    const client = await publicClient(found)
    const { as } = found
    const { verifier, parameters } = await asking(client, { scope: 'things:read' })
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, HTTP),
    )
    const short = { client_id: client.client_id, request_uri: pushed.request_uri }
    const answer = await allowed(found, client, short, parameters.state)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      CALLBACK,
      verifier,
      HTTP,
    )
    expect(await oauth.processAuthorizationCodeResponse(as, client, response)).toMatchObject({ scope: 'things:read' })
  })

  it('refreshes, and the token that it gets instead works in its turn', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const { as } = found
    let { refresh_token: token = '' } = await connected(found, client)
    const seen = new Set([token])
    for (let i = 0; i < 2; i++) {
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, HTTP)
      const set = await oauth.processRefreshTokenResponse(as, client, response)
      expect(await called(found, set.access_token)).toMatchObject({ subject: 'alice' })
      token = set.refresh_token ?? ''
      seen.add(token)
    }
    expect(seen.size).toBe(3)
  })

  it('binds its tokens to a key (DPoP), and proves it at the token endpoint and at the API', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const { as } = found
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const { verifier, parameters } = await asking(client, { dpop_jkt: await DPoP.calculateThumbprint() })
    const answer = await allowed(found, client, parameters, parameters.state)
    const bound = { ...HTTP, DPoP }
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      CALLBACK,
      verifier,
      bound,
    )
    const set = await oauth.processAuthorizationCodeResponse(as, client, response)
    expect(set.token_type).toBe('dpop')
    expect(await called(found, set.access_token, { DPoP })).toMatchObject({ subject: 'alice' })
    await expect(called(found, set.access_token)).rejects.toThrow()

    const again = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), set.refresh_token ?? '', bound)
    const next = await oauth.processRefreshTokenResponse(as, client, again)
    expect(await called(found, next.access_token, { DPoP })).toMatchObject({ subject: 'alice' })
  })

  it('learns the nonce that the server demands of its proofs, and goes on with it', async () => {
    const nonces = createNonces({ key: new Uint8Array(32).fill(1), server: 'https://auth.acme.dev' })
    const found = await discovered({ nonces })
    const client = await publicClient(found)
    const { as } = found
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const { verifier, parameters } = await asking(client)
    const answer = await allowed(found, client, parameters, parameters.state)
    const redeem = async () => {
      const options = { ...HTTP, DPoP }
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        answer,
        CALLBACK,
        verifier,
        options,
      )
      return oauth.processAuthorizationCodeResponse(as, client, response)
    }
    const refused = await redeem().catch((error: unknown) => error)
    expect(oauth.isDPoPNonceError(refused)).toBe(true)
    expect((await redeem()).token_type).toBe('dpop')
  })
})
