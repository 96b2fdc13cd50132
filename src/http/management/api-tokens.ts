import { personal } from './caller.js'
import { type Endpoint, endpoint } from './endpoint.js'
import { IssuedToken, NewToken, Nothing, PageQuery, ScopeGroups, Token, TokenChanges, TokenPage } from './schemas.js'
import { expiryOf, issuedOf, pageOf, tokenOf } from './wire.js'

/** The tokens of whoever calls. */
export const API_TOKENS: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api-tokens/scopes',
    operation: 'listScopes',
    summary: 'The scopes of the catalogue, in their groups',
    admit: personal,
    status: 200,
    answer: ScopeGroups,
    run: async ({ context }) => {
      const data = context.catalogue.groups.map(({ name, scopes }) => ({
        name,
        scopes: scopes.map(({ name, description, implies = [] }) => ({ name, description, implies: [...implies] })),
      }))
      return { data, next_cursor: null }
    },
  }),
  endpoint({
    method: 'GET',
    path: '/api-tokens',
    operation: 'listTokens',
    summary: 'Unrevoked tokens of the caller, newest first',
    admit: personal,
    query: PageQuery,
    status: 200,
    answer: TokenPage,
    problems: ['invalid_cursor'],
    run: async ({ context, within, query }) =>
      pageOf(await context.tokens.list({ ...within, ...query, unrevoked: true }), tokenOf),
  }),
  endpoint({
    method: 'POST',
    path: '/api-tokens',
    operation: 'createToken',
    summary: 'Make a token; its secret is shown in this answer alone',
    admit: personal,
    body: NewToken,
    status: 201,
    answer: IssuedToken,
    problems: [
      'invalid_name',
      'invalid_expiry',
      'lifetime_not_allowed',
      'unknown_scope',
      'scope_not_allowed',
      'name_taken',
      'owner_inactive',
      'not_found',
      'conflict',
    ],
    run: async ({ context, by, within, body }) => {
      const { name, scopes } = body
      return issuedOf(await context.tokens.issue({ by, ...within, name, scopes, ...expiryOf(body) }))
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api-tokens/{id}/roll',
    operation: 'rollToken',
    summary: 'Replace the secret of a token; the old one ends at once',
    admit: personal,
    body: Nothing,
    status: 200,
    answer: IssuedToken,
    problems: ['not_found', 'ended', 'conflict', 'scope_not_allowed', 'owner_inactive'],
    run: async ({ context, by, within }, id) => {
      // Read before: once there is a new secret, nothing may come between it and its owner.
      const { use } = await context.tokens.get(id, within)
      const { secret, token } = await context.tokens.rotate(id, { by, within })
      return issuedOf({ secret, token: { ...token, use } })
    },
  }),
  endpoint({
    method: 'PATCH',
    path: '/api-tokens/{id}',
    operation: 'updateToken',
    summary: 'Change the name or the scopes of a token; its secret stays the same',
    admit: personal,
    body: TokenChanges,
    status: 200,
    answer: Token,
    problems: ['not_found', 'ended', 'conflict', 'invalid_name', 'unknown_scope', 'scope_not_allowed', 'name_taken'],
    run: async ({ context, by, within, body }, id) => {
      const { use } = await context.tokens.get(id, within)
      return tokenOf({ ...(await context.tokens.update(id, { by, within, ...body })), use })
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/api-tokens/{id}',
    operation: 'revokeToken',
    summary: 'End a token for good; doing so again changes nothing',
    admit: personal,
    status: 204,
    problems: ['not_found', 'conflict'],
    run: async ({ context, by, within }, id) => {
      await context.tokens.revoke(id, { by, within })
    },
  }),
]
