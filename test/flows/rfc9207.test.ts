import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, locationOf, world } from '../oauth/support.js'

describe.each(flowTransports)('RFC 9207 $name', (over) => {
  it.each(['https://as.test', 'https://as.test/', 'https://as.test/tenant'])(
    'every answer of %s names the issuer of its metadata, letter for letter and once',
    async (issuer) => {
      const { auth, asking, publicClient, alice, authorize } = await world({ over, issuer })
      const client = await publicClient()
      const path = new URL(issuer).pathname.replace(/\/$/, '')
      const document = await auth.handle(new Request(`${ISSUER}${path}/.well-known/oauth-authorization-server`))
      expect(await document?.json()).toMatchObject({ issuer, authorization_response_iss_parameter_supported: true })

      const allowed = await authorize(client, { scope: 'read' })
      const refused = await authorize(client, { scope: 'nope' })
      const silent = await authorize(client, { scope: 'admin', prompt: 'none' })
      const ask = await auth.begin(asking(client, { scope: 'write' }).request, alice)
      if (ask.kind !== 'consent') throw new Error(ask.kind)
      const denied = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: false })
      const answers = [allowed.location, refused.location, silent.location, locationOf(denied.response)]
      const told = answers.map((location) => location?.searchParams.get('error') ?? 'code')
      expect(told).toEqual(['code', 'invalid_scope', 'consent_required', 'access_denied'])
      for (const location of answers) expect(location?.searchParams.getAll('iss')).toEqual([issuer])
    },
  )

  it.each([
    '?iss=https%3A%2F%2Fevil.test',
    '?%69ss=https%3A%2F%2Fevil.test',
    '?a=1&iss',
    '?code=1',
    '?a=1&state=1',
    '?error=access_denied',
    '?error_description=1',
  ])('a redirect URI that answers for the server itself is registered by nobody: %s', async (query) => {
    const { auth, register } = await world({ over, registration: { open: true } })
    for (const uri of [
      `https://client.test/cb${query}`,
      `http://127.0.0.1/cb${query}`,
      `com.example.app:/cb${query}`,
    ]) {
      const registered = await register({ redirect_uris: [uri], application_type: 'native' })
      expect(registered).toMatchObject({ status: 400, body: { error: 'invalid_redirect_uri' } })
      const made = auth.clients.create({ by: system, redirectUris: [uri], applicationType: 'native' })
      await expect(made).rejects.toMatchObject({ code: 'invalid_input' })
    }
  })

  it('a redirect URI with a query of its own is kept as it is', async () => {
    const { auth, authorize } = await world({ over })
    const redirect_uri = 'https://client.test/cb?issuer=1&Code=2&x=state'
    const { client } = await auth.clients.create({ by: system, redirectUris: [redirect_uri] })
    const { location } = await authorize(client.id, { redirect_uri })
    expect(location?.href.startsWith(`${redirect_uri}&code=`)).toBe(true)
    expect(location?.searchParams.getAll('iss')).toEqual([ISSUER])
  })
})
