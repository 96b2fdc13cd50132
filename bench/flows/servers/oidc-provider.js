import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'
import { ACCESS_SECONDS, CALLBACK, RESOURCE, SCOPE } from '../settings.js'

/** Over its own adapter for memory. Its user signs in and consents once; its session and grant go on. */
export async function oidcProvider({ origin, format }) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const secret = 'a-secret-of-the-machine-0123456789'
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'client',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        grant_types: ['authorization_code', 'refresh_token'],
      },
      {
        client_id: 'machine',
        client_secret: secret,
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: '1' }] },
    cookies: { keys: ['a key of the benchmark'] },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: ACCESS_SECONDS, ClientCredentials: ACCESS_SECONDS },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: RESOURCE,
          accessTokenFormat: format,
          accessTokenTTL: ACCESS_SECONDS,
          ...(format === 'jwt' && { jwt: { sign: { alg: 'ES256' } } }),
        }),
      },
    },
  })
  const serve = provider.callback()
  const interact = async (req, res) => {
    const grant = new provider.Grant({ accountId: 'alice', clientId: 'client' })
    grant.addResourceScope(RESOURCE, SCOPE)
    const result = { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } }
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
  }
  return {
    listener: (req, res) => (req.url.startsWith('/interaction/') ? interact(req, res) : serve(req, res)),
    authorize: '/auth',
    token: '/token',
    client: 'client',
    parameters: { scope: SCOPE, resource: RESOURCE },
    machine: { id: 'machine', secret, parameters: { scope: SCOPE, resource: RESOURCE } },
  }
}
