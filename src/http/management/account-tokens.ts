import type { Accounts } from '../../accounts/accounts.js'
import { account } from '../../core/subject.js'
import { workspace } from './caller.js'
import { type Endpoint, endpoint } from './endpoint.js'
import { IssuedToken, NewAccountToken, PageQuery, TokenPage } from './schemas.js'
import { expiryOf, issuedOf, pageOf, tokenOf } from './wire.js'

/** The tokens of a service account. One that is not there, or no longer, has none to show and gets none. */
export const accountTokens = (accounts: Accounts): readonly Endpoint[] => [
  endpoint({
    method: 'GET',
    path: '/service-accounts/{id}/tokens',
    operation: 'listServiceAccountTokens',
    summary: 'Unrevoked tokens of a service account, newest first',
    admit: workspace,
    query: PageQuery,
    status: 200,
    answer: TokenPage,
    problems: ['insufficient_scope', 'tenant_required', 'not_found', 'invalid_cursor'],
    run: async ({ context, within, query }, id) => {
      await accounts.get(id, within)
      return pageOf(await context.tokens.list({ ...within, ...query, owner: account(id), unrevoked: true }), tokenOf)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/service-accounts/{id}/tokens',
    operation: 'createServiceAccountToken',
    summary: 'Make a token of a service account; its secret is shown in this answer alone',
    admit: workspace,
    body: NewAccountToken,
    status: 201,
    answer: IssuedToken,
    problems: [
      'insufficient_scope',
      'tenant_required',
      'not_found',
      'invalid_name',
      'invalid_expiry',
      'lifetime_not_allowed',
      'unknown_scope',
      'scope_not_allowed',
      'name_taken',
      'owner_inactive',
      'conflict',
    ],
    run: async ({ context, by, within, body }, id) => {
      await accounts.get(id, within)
      const { expires_at, expires_in, ...wish } = body
      return issuedOf(
        await context.tokens.issue({
          by,
          ...within,
          owner: account(id),
          ...wish,
          ...expiryOf({ expires_at, expires_in }),
        }),
      )
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/service-accounts/{id}/tokens/{tok_id}',
    operation: 'revokeServiceAccountToken',
    summary: 'End one token of a service account for good; doing so again changes nothing',
    admit: workspace,
    status: 204,
    problems: ['insufficient_scope', 'tenant_required', 'not_found', 'conflict'],
    run: async ({ context, by, within }, id, tokenId) => {
      await context.tokens.revoke(tokenId, { by, within: { ...within, owner: account(id) } })
    },
  }),
]
