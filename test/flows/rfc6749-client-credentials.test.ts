import { system } from 'tokenloop'
import { createProver } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, world } from '../oauth/support.js'

describe.each(flowTransports)('RFC 6749 section 4.4 $name', (over) => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'a client gets a token for itself by %s',
    async (authMethod) => {
      const { auth, post } = await world({ over })
      const { client, secret } = await auth.clients.create({
        by: system,
        grantTypes: ['client_credentials'],
        scopes: ['read', 'write'],
        authMethod,
      })
      const text = secret?.reveal() ?? ''
      const [headers, fields] =
        authMethod === 'client_secret_basic'
          ? [{ authorization: `Basic ${btoa(`${client.id}:${text}`)}` }, {}]
          : [{}, { client_id: client.id, client_secret: text }]
      const ask = (more: object = {}, given: { headers: object; fields: object } = { headers, fields }) =>
        post('/oauth/token', { grant_type: 'client_credentials', ...given.fields, ...more }, { ...given.headers })

      const answer = await ask({ scope: 'read' })
      expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 600, scope: 'read' } })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.body).not.toHaveProperty('refresh_token')

      expect(await ask({}, { headers: {}, fields: { client_id: client.id } })).toMatchObject({ status: 401 })
      expect(await ask({ scope: 'admin' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    },
  )

  it('RFC 9449: its token is bound to the key that it proves', async () => {
    const { auth, post, clock } = await world({ over })
    const made = await auth.clients.create({ by: system, grantTypes: ['client_credentials'], scopes: ['read'] })
    const prover = await createProver({ clock })
    const headers = {
      authorization: `Basic ${btoa(`${made.client.id}:${made.secret?.reveal()}`)}`,
      dpop: await prover.proof({ method: 'POST', url: `${ISSUER}/oauth/token` }),
    }
    const ask = () => post('/oauth/token', { grant_type: 'client_credentials' }, headers)
    expect(await ask()).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
    expect(await ask()).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
  })
})
