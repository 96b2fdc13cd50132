import { createAccounts, createTokens, type TokenStore } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { notice, style } from '../shared/layout.js'
import { inTurn } from '../shared/routes.js'
import type { App } from '../shared/serve.js'
import { Sessions } from '../shared/sessions.js'
import { signIn } from '../shared/sign-in.js'
import { whoCalls } from './caller.js'
import { catalogue } from './catalogue.js'
import { home } from './home.js'
import { issuesApi } from './issues.js'
import { leaving } from './leaving.js'
import { Members } from './members.js'

export interface CauseloopOptions {
  readonly store: TokenStore
}

/** Causeloop: personal tokens and service accounts, managed over HTTP, and the API that they open. */
export function causeloop({ store }: CauseloopOptions): App {
  // The library's part: everything about credentials.
  const tokens = createTokens({
    store,
    catalogue,
    prefix: 'cl',
    uniqueNames: true,
    lifetimes: ['never', 'any'],
  })
  const accounts = createAccounts({ store, catalogue })
  const guard = createGuard({
    resource: 'https://causeloop.example/v1',
    catalogue,
    accept: [apiTokens(tokens, { from: ['bearer'] })],
    body: ({ status, error, description }) => {
      const code = status === 401 ? 'unauthorized' : error
      return { status, code, error: code, detail: description }
    },
  })

  // The host's part: users, pages and business data.
  const product = 'Causeloop'
  const sessions = new Sessions()
  const members = new Members()
  const api = managementApi({
    tokens,
    accounts,
    catalogue,
    authenticate: whoCalls(guard, sessions, members),
    basePath: '/v1',
    accountsScope: 'workspace:admin',
    info: { title: product, version: '1' },
    onError: console.error,
  })
  const handle = inTurn(
    ({ request }) => api.handle(request),
    issuesApi(guard),
    leaving({ accounts, members, sessions }),
    home(product, sessions),
    signIn({ product, sessions, knows: (name) => members.has(name) }),
    style,
    async () => notice({ product, title: 'Not found', text: 'There is no such page.', status: 404 }),
  )
  return { handle, close: () => tokens.close() }
}
