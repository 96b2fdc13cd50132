import type { Paths } from 'tokenloop/oauth'

/** Where the authorization server answers. */
const BASE = '/api/auth'

export const paths = {
  authorize: `${BASE}/oauth2/authorize`,
  token: `${BASE}/oauth2/token`,
  par: `${BASE}/oauth2/par`,
  device: `${BASE}/oauth2/device`,
  verify: '/device',
  register: `${BASE}/oauth2/register`,
  introspect: `${BASE}/oauth2/introspect`,
  revoke: `${BASE}/oauth2/revoke`,
  userinfo: `${BASE}/oauth2/userinfo`,
  revocations: `${BASE}/oauth2/revocations`,
  jwks: `${BASE}/jwks`,
} as const satisfies Partial<Paths>

/** Where the consent page sends its answer. */
export const CONSENT = `${BASE}/consent`
