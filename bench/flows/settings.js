/** What all servers are set up with. */
export const CALLBACK = 'https://app.acme.dev/callback'
export const RESOURCE = 'https://api.acme.dev'
export const SCOPES = ['issues:read', 'issues:write']
export const SCOPE = SCOPES.join(' ')
export const ACCESS_SECONDS = 600
