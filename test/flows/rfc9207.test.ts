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

  it('a redirect URI with an issuer of its own is kept as it is, and the answer’s comes after it', async () => {
    const { auth, asking, alice } = await world({ over })
    const redirect_uri = 'https://client.test/cb?iss=https%3A%2F%2Fevil.test'
    const { client } = await auth.clients.create({ by: system, redirectUris: [redirect_uri] })
    const ask = await auth.begin(asking(client.id, { redirect_uri }).request, alice)
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    const { response } = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
    expect(locationOf(response)?.searchParams.getAll('iss').at(-1)).toBe(ISSUER)
  })
})
