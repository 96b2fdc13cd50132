export const ISSUER = 'https://auth.acme.dev'
export const AUDIENCE = 'https://api.acme.dev'

/** What every implementation puts into its tokens; `exp`, `iat` and `jti` come with each. */
export const CLAIMS = {
  iss: ISSUER,
  sub: 'u_42',
  aud: AUDIENCE,
  client_id: 'cl_7Yh2kQ9x',
  scope: 'issues:read issues:write',
}
