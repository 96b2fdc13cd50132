import type { TokenStore } from 'tokenloop'
import { createAuthorizationServer, type Lifetimes } from 'tokenloop/oauth'
import { createGuard, accessTokens as opaque } from 'tokenloop/resource'
import { notice, style } from '../shared/layout.js'
import { inTurn } from '../shared/routes.js'
import type { App } from '../shared/serve.js'
import { Sessions } from '../shared/sessions.js'
import { signIn } from '../shared/sign-in.js'
import { isUser } from '../shared/users.js'
import { accessTokens } from './access-token.js'
import { apiTokens } from './api-tokens.js'
import { catalogue } from './catalogue.js'
import { home } from './home.js'
import { pipelinesApi } from './pipelines.js'

export interface StreamkapOptions {
  readonly store: TokenStore
  readonly lifetimes?: Partial<Lifetimes>
}

const ISSUER = 'https://streamkap.example'
const RESOURCE = 'https://streamkap.example/api'

/** Streamkap: tokens of a project, each a client id and a secret, which are exchanged for short-lived ones. */
export function streamkap({ store, lifetimes = {} }: StreamkapOptions): App {
  // The library's part: everything about credentials.
  const auth = createAuthorizationServer({
    issuer: ISSUER,
    store,
    catalogue,
    resources: [{ id: RESOURCE, format: 'opaque' }],
    prefix: 'sk',
    lifetimes,
  })
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [opaque({ issuer: ISSUER, store, prefix: 'sk' })],
    body: ({ status, error }) => ({ error: status === 401 ? 'unauthorized' : error }),
  })

  // The host's part: users, pages and business data.
  const product = 'Streamkap'
  const sessions = new Sessions()
  const handle = inTurn(
    accessTokens(auth),
    apiTokens(auth, sessions),
    pipelinesApi(guard),
    home(product, sessions),
    signIn({ product, sessions, knows: isUser }),
    style,
    async () => notice({ product, title: 'Not found', text: 'There is no such page.', status: 404 }),
  )
  return { handle, close: () => auth.close() }
}
