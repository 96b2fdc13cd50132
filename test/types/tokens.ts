import {
  account,
  createTokens,
  type Duration,
  type Issued,
  type RefusalReason,
  type Secret,
  system,
  type TokenPrincipal,
  type TokenStore,
  tenant,
  user,
  type Verified,
} from 'tokenloop'
import { catalogue, type Role, type Scope } from './catalogue.js'
import { type Equal, holds, some } from './expect.js'

const store = some<TokenStore>()
const tokens = createTokens({ store, catalogue, prefix: 'cl' })
const by = user('u_42', { scopes: catalogue.names })
const owner = user('u_42')

// Scopes and roles are those of the catalogue, everywhere.
const issued = await tokens.issue({
  by,
  owner,
  name: 'ci',
  scopes: ['issues:read'],
  roles: ['Admin'],
  expiresIn: '90d',
})
holds<Equal<typeof issued, Issued<Scope, Role>>>()
holds<Equal<typeof issued.token.scopes, readonly Scope[]>>()
holds<Equal<typeof issued.token.roles, readonly Role[]>>()
const page = await tokens.list({ owner, limit: 50 })
holds<Equal<(typeof page.items)[number]['scopes'], readonly Scope[]>>()
const due = await tokens.due({ within: '7d' })
holds<Equal<(typeof due.items)[number]['why'], 'expires' | 'dormant'>>()

// @ts-expect-error a misspelt scope does not compile
tokens.issue({ by, owner, name: 'ci', scopes: ['issues:reed'] })
// @ts-expect-error a misspelt role does not compile
tokens.issue({ by, owner, name: 'ci', roles: ['Read only'] })
// @ts-expect-error neither when a token is edited
tokens.update('cl_1', { by, scopes: ['issues:reed'] })
// @ts-expect-error nor when one is checked
tokens.verify('text', { scopes: ['issues:reed'] })
// @ts-expect-error scopes from outside are parsed first
tokens.issue({ by, owner, name: 'ci', scopes: some<string[]>() })

// Every change names who asks for it, and no id is an actor by itself.
// @ts-expect-error a token is issued by somebody
tokens.issue({ owner, name: 'ci', scopes: [] })
// @ts-expect-error a token acts for somebody
tokens.issue({ by, name: 'ci', scopes: [] })
// @ts-expect-error a token is rotated by somebody
tokens.rotate('cl_1', {})
// @ts-expect-error a text is no actor
tokens.revoke('cl_1', { by: 'u_42' })
// @ts-expect-error a service account acts through its tokens, not by its name
tokens.revoke('cl_1', { by: account('sa_7') })
// @ts-expect-error a tenant owns nothing by itself
tokens.issue({ by, owner: tenant('ws_1'), name: 'ci', scopes: [] })
// @ts-expect-error all tokens of whom?
tokens.revokeAll({ by: system })
// @ts-expect-error of an owner or of a tenant, not of both
tokens.revokeAll({ by: system, owner, tenant: 'ws_1' })
// @ts-expect-error a record is confined to an owner by an owner, not by its name
tokens.revoke('cl_1', { by: system, within: { owner: 'u_42' } })

// A check is answered by one of two, and nothing else has a principal.
const seen = await tokens.verify(some<unknown>(), { scopes: ['issues:read'], ip: undefined })
holds<Equal<typeof seen, Verified<Scope>>>()
if (seen.ok) {
  holds<Equal<typeof seen.principal, TokenPrincipal<Scope>>>()
  holds<Equal<typeof seen.principal.scopes, readonly Scope[]>>()
  tokens.issue({ by: seen.principal, owner, name: 'made by a token', scopes: ['issues:read'] })
} else {
  holds<Equal<typeof seen.reason, RefusalReason>>()
}
// @ts-expect-error who was refused is nobody
seen.principal
// @ts-expect-error who was let in has no reason
seen.reason

/** A reason that is added must be answered: this compiles only as long as none is missing. */
const STATUS: { readonly [Reason in RefusalReason]: 401 | 403 | 429 | 503 } = {
  malformed: 401,
  unknown: 401,
  expired: 401,
  not_yet: 401,
  revoked: 401,
  paused: 401,
  owner_inactive: 401,
  insufficient_scope: 403,
  ip_not_allowed: 403,
  limited: 429,
  unavailable: 503,
}

// A secret is no text until it is revealed.
holds<Equal<typeof issued.secret, Secret>>()
holds<Equal<ReturnType<Secret['reveal']>, string>>()
// @ts-expect-error a secret is no text
const text: string = issued.secret
// @ts-expect-error what looks like a secret is none
const fake: Secret = { reveal: () => 'cl_1', toString: () => '', toJSON: () => '' }
// @ts-expect-error a token, as it is shown, holds no secret
issued.token.secret
// @ts-expect-error and no digest
issued.token.digest

// Durations have a unit.
const durations: Duration[] = ['30s', '10m', '24h', '90d', '2w', '1y', '500ms', 0]
// @ts-expect-error a text without a unit is none
durations.push('90')
// @ts-expect-error a unit that is none
durations.push('3mo')
// @ts-expect-error lifetimes are durations, or never
createTokens({ store, catalogue, prefix: 'cl', lifetimes: ['forever'] })
// @ts-expect-error nothing can be kept in clear, and no option says so
createTokens({ store, catalogue, prefix: 'cl', plaintext: true })
// @ts-expect-error tokens without a prefix are not found in a leak
createTokens({ store, catalogue })

// What is shown is not changed.
// @ts-expect-error a token is a copy of what was read
issued.token.name = 'other'
// @ts-expect-error a principal takes no more scopes
if (seen.ok) seen.principal.scopes.push('issues:write')

void STATUS
void text
void fake
