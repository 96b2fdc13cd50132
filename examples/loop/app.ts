import { createTokens, type SealingKey, type TokenStore } from 'tokenloop'
import { redirect } from '../shared/html.js'
import { notice, style } from '../shared/layout.js'
import { inTurn, routes } from '../shared/routes.js'
import type { App } from '../shared/serve.js'
import { Sessions } from '../shared/sessions.js'
import { signIn } from '../shared/sign-in.js'
import { isUser } from '../shared/users.js'
import { adminApi } from './admin-api.js'
import { catalogue } from './catalogue.js'
import { settings } from './settings/settings.js'
import { Shop } from './shop.js'

export interface LoopOptions {
  readonly store: TokenStore
  readonly sealWith: readonly SealingKey[]
}

/** Loop: admin tokens of a store, made and managed by its administrators on a page, and the API that they open. */
export function loop({ store, sealWith }: LoopOptions): App {
  // The library's part: everything about credentials.
  const tokens = createTokens({ store, catalogue, prefix: 'loop', lifetimes: ['never'], sealWith })

  // The host's part: users, pages and business data.
  const product = 'Loop'
  const sessions = new Sessions()
  const handle = inTurn(
    adminApi(tokens, new Shop()),
    settings({ product, sessions, tokens }),
    signIn({ product, sessions, knows: isUser }),
    routes({ 'GET /': () => redirect('/settings/api-tokens') }),
    style,
    async () => notice({ product, title: 'Not found', text: 'There is no such page.', status: 404 }),
  )
  return { handle, close: () => tokens.close() }
}
