import {
  type Actor,
  createAccounts,
  type createPkce,
  type ErrorCode,
  type Owner,
  type ServiceAccount,
  system,
  TokenloopError,
  type TokenStore,
  tenant,
  user,
} from 'tokenloop'
import { catalogue, type Scope } from './catalogue.js'
import { type Equal, holds, some } from './expect.js'

const accounts = createAccounts({ store: some<TokenStore>(), catalogue })
const by = user('u_42', { scopes: catalogue.names, tenant: 'ws_1' })

const bot = await accounts.create({ by, tenant: 'ws_1', name: 'deploy-bot', scopes: ['issues:write'] })
holds<Equal<typeof bot, ServiceAccount<Scope>>>()
await accounts.suspend(user('u_42'), { by: system })
await accounts.suspend(tenant('ws_1'), { by: system })
await accounts.delete(bot.id, { by, within: { tenant: 'ws_1' } })

// @ts-expect-error a misspelt scope does not compile
accounts.create({ by, name: 'deploy-bot', scopes: ['issues:reed'] })
// @ts-expect-error a service account is made with scopes, even if with none
accounts.create({ by, name: 'deploy-bot' })
// @ts-expect-error a service account is deleted by somebody
accounts.delete(bot.id)
// @ts-expect-error the system is no holder of tokens
accounts.suspend(system, { by: system })

// A user is an owner and an actor; a tenant is neither, the system no owner.
const users: [Owner, Actor] = [user('u_42'), user('u_42')]
// @ts-expect-error a tenant owns no token
const owner: Owner = tenant('ws_1')
// @ts-expect-error a tenant does not act
const actor: Actor = tenant('ws_1')
// @ts-expect-error the host owns no token
const host: Owner = system

// Errors are told apart by their code.
const error = new TokenloopError('not_found', 'no such token')
holds<Equal<typeof error.code, ErrorCode>>()
// @ts-expect-error a code is one of those that are documented
new TokenloopError('whatever', 'no')
// @ts-expect-error and compared with one of them
if (error.code === 'no_such_code') throw error

holds<Equal<ReturnType<typeof createPkce>['method'], 'S256'>>()

void [users, owner, actor, host]
