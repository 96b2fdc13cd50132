import express, { type RequestHandler } from 'express'
import { createTokens, type TokenStore } from 'tokenloop'
import { toNodeListener } from 'tokenloop/node'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { redirect } from '../shared/html.js'
import type { Hosted } from '../shared/serve.js'
import { cors } from './api/cors.js'
import { graphql } from './api/graphql.js'
import { rest } from './api/rest.js'
import { assets } from './assets/assets.js'
import { catalogue } from './catalogue.js'
import { Library } from './data/library.js'
import type { Rows } from './data/rows.js'
import { failures } from './failures.js'
import { home } from './pages/home.js'
import { say } from './pages/layout.js'
import { signIn } from './pages/sign-in.js'
import { admission, type Page } from './pages/visit.js'
import { Sessions } from './people/sessions.js'
import { appPages } from './settings/apps.js'
import { lifetimes } from './settings/token-form.js'
import { tokenPages } from './settings/tokens.js'

export interface StreamloopOptions {
  readonly store: TokenStore
  /** The host's own data. */
  readonly rows: Rows
  /** Where it is. */
  readonly origin: string
  readonly now?: () => number
}

/** Streamloop: API tokens and connected apps of people, on pages, and the API that they open. */
export function streamloop({ store, rows, origin, now = Date.now }: StreamloopOptions): Hosted {
  // The library's part: everything about credentials.
  const tokens = createTokens({ store, catalogue, prefix: 'sl', lifetimes })
  const guard = createGuard({
    resource: origin,
    catalogue,
    accept: [apiTokens(tokens, { from: ['x-api-key', 'bearer'] })],
  })

  // The host's part: users, pages and business data.
  const library = new Library(rows, now)
  const sessions = new Sessions(rows, now)
  const { signedIn, withForm } = admission(sessions)
  const signing = signIn(sessions, library)
  const tokensOf = tokenPages({ tokens, now, apiOrigin: origin })
  const appsOf = appPages({ list: async () => [], disconnect: async () => {} }, now)
  const page = (work: Page): RequestHandler => toNodeListener(work, { origin, onError: console.error })

  const app = express().disable('x-powered-by').set('query parser', false)
  app.use(['/v1', '/graphql'], cors)
  app.use('/v1', rest(guard, library))
  app.all('/graphql', toNodeListener(graphql(guard, library), { origin, onError: console.error }))
  app.use('/assets', assets)

  app.get('/login', page(signing.ask))
  app.post('/login', page(signing.enter))
  app.post('/logout', page(signing.leave))
  app.get('/', page(signedIn(home(library, now))))
  app.get(
    '/settings',
    page(async () => redirect('/settings/api-tokens')),
  )
  app.get('/settings/api-tokens', page(signedIn(tokensOf.list)))
  app.post('/settings/api-tokens', page(withForm(tokensOf.create)))
  app.post('/settings/api-tokens/revoke', page(withForm(tokensOf.revoke)))
  app.get('/settings/connected-apps', page(signedIn(appsOf.list)))
  app.post('/settings/connected-apps/revoke', page(withForm(appsOf.revoke)))
  app.use(page(async () => say({ status: 404, title: 'Not found', text: 'There is no such page.' })))
  app.use(failures)

  return { listener: app, close: () => tokens.close() }
}
