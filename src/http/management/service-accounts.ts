import type { Accounts } from '../../accounts/accounts.js'
import { workspace } from './caller.js'
import { type Endpoint, endpoint } from './endpoint.js'
import { NewServiceAccount, PageQuery, ServiceAccount, ServiceAccountChanges, ServiceAccountPage } from './schemas.js'
import { accountOf, pageOf } from './wire.js'

/** The service accounts of the tenant in which the caller acts. */
export const serviceAccounts = (accounts: Accounts): readonly Endpoint[] => [
  endpoint({
    method: 'GET',
    path: '/service-accounts',
    operation: 'listServiceAccounts',
    summary: 'Service accounts, newest first',
    admit: workspace,
    query: PageQuery,
    status: 200,
    answer: ServiceAccountPage,
    problems: ['insufficient_scope', 'tenant_required', 'invalid_cursor'],
    run: async ({ within, query }) => pageOf(await accounts.list({ ...within, ...query }), accountOf),
  }),
  endpoint({
    method: 'POST',
    path: '/service-accounts',
    operation: 'createServiceAccount',
    summary: 'Make a service account',
    admit: workspace,
    body: NewServiceAccount,
    status: 201,
    answer: ServiceAccount,
    problems: [
      'insufficient_scope',
      'tenant_required',
      'invalid_name',
      'unknown_scope',
      'scope_not_allowed',
      'owner_inactive',
      'conflict',
    ],
    run: async ({ by, within, body }) => accountOf(await accounts.create({ by, ...within, ...body })),
  }),
  endpoint({
    method: 'PATCH',
    path: '/service-accounts/{id}',
    operation: 'updateServiceAccount',
    summary: 'Change the name or the scopes of a service account; its tokens keep what they have',
    admit: workspace,
    body: ServiceAccountChanges,
    status: 200,
    answer: ServiceAccount,
    problems: [
      'insufficient_scope',
      'tenant_required',
      'not_found',
      'invalid_name',
      'unknown_scope',
      'scope_not_allowed',
      'conflict',
    ],
    run: async ({ by, within, body }, id) => accountOf(await accounts.update(id, { by, within, ...body })),
  }),
  endpoint({
    method: 'DELETE',
    path: '/service-accounts/{id}',
    operation: 'deleteServiceAccount',
    summary: 'End a service account and all its tokens at once; doing so again changes nothing',
    admit: workspace,
    status: 204,
    problems: ['insufficient_scope', 'tenant_required', 'not_found', 'conflict'],
    run: ({ by, within }, id) => accounts.delete(id, { by, within }),
  }),
]
