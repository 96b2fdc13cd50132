import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { ACCESS_SECONDS, CALLBACK, RESOURCE, SCOPE, SCOPES } from '../settings.js'

/** As its documentation has it, over the adapter for memory, without a rate limit; its user is signed in, and is not asked. */
export async function betterAuthServer({ origin, format }) {
  const tables = ['user', 'session', 'account', 'verification', 'jwks']
  const own = [
    'oauthClient',
    'oauthAccessToken',
    'oauthRefreshToken',
    'oauthConsent',
    'oauthResource',
    'oauthClientResource',
  ]
  const database = Object.fromEntries([...tables, ...own].map((name) => [name, []]))
  const auth = betterAuth({
    secret: 'a secret of the benchmark, long enough for it',
    baseURL: origin,
    database: memoryAdapter(database),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } }),
      oauthProvider({
        loginPage: '/login',
        consentPage: '/consent',
        scopes: ['offline_access', ...SCOPES],
        accessTokenExpiresIn: ACCESS_SECONDS,
        resources: [RESOURCE],
        enforcePerClientResources: false,
        clientPrivileges: () => true,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  })
  const body = { name: 'alice', email: 'alice@example.test', password: 'correct horse battery staple' }
  const signedUp = await auth.api.signUpEmail({ body, asResponse: true })
  const cookies = signedUp.headers.getSetCookie()
  const headers = new Headers({ cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') })
  const scope = `offline_access ${SCOPE}`
  const create = (metadata) => auth.api.adminCreateOAuthClient({ headers, body: metadata })
  const client = await create({
    redirect_uris: [CALLBACK],
    scope,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    skip_consent: true,
  })
  const machine = await create({
    redirect_uris: [CALLBACK],
    scope: SCOPE,
    grant_types: ['client_credentials'],
    client_credentials_scopes: SCOPES,
  })
  const audience = format === 'jwt' ? { resource: RESOURCE } : {}
  return {
    listener: toNodeHandler(auth),
    authorize: '/api/auth/oauth2/authorize',
    token: '/api/auth/oauth2/token',
    client: client.client_id,
    cookies,
    parameters: { scope, ...audience },
    redemption: audience,
    machine: { id: machine.client_id, secret: machine.client_secret, parameters: { scope: SCOPE } },
  }
}
