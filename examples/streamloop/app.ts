import express, { type RequestHandler } from 'express'
import { mount } from 'tokenloop/express'
import { toNodeListener } from 'tokenloop/node'
import { metadataUrl } from 'tokenloop/resource'
import { redirect } from '../shared/html.js'
import type { Hosted } from '../shared/serve.js'
import { cors } from './api/cors.js'
import { graphql } from './api/graphql.js'
import { mcp } from './api/mcp.js'
import { rest } from './api/rest.js'
import { assets } from './assets/assets.js'
import { type CredentialsOptions, credentials } from './credentials.js'
import { Library } from './data/library.js'
import type { Rows } from './data/rows.js'
import { failures, isOutage } from './failures.js'
import { consent } from './oauth/consent.js'
import { CONSENT, paths } from './oauth/paths.js'
import { home } from './pages/home.js'
import { OUTAGE, say } from './pages/layout.js'
import { signIn } from './pages/sign-in.js'
import { admission, type Page } from './pages/visit.js'
import { Sessions } from './people/sessions.js'
import { appPages } from './settings/apps.js'
import { tokenPages } from './settings/tokens.js'

export interface StreamloopOptions extends CredentialsOptions {
  /** The host's own data. */
  readonly rows: Rows
}

/** Streamloop: API tokens and connected apps of people, on pages, and the API that they open. */
export async function streamloop(options: StreamloopOptions): Promise<Hosted> {
  const { places, rows, now = Date.now } = options
  const { tokens, auth, api, agents, flush, close } = await credentials(options)

  // The host's part: users, pages and business data.
  const library = new Library(rows, now)
  const sessions = new Sessions(rows, now)
  const { signedIn, withForm } = admission(sessions)
  const signing = signIn(sessions, library)
  const asking = consent(auth, sessions)
  const tokensOf = tokenPages({ tokens, now, apiOrigin: places.api })
  const appsOf = appPages({ grants: auth.grants, flush, now })

  const app = express().disable('x-powered-by').set('query parser', false)
  const page = atTheir([places.app, places.auth])
  const atApi = { origin: places.api, onError: console.error }

  app.use(['/v1', '/graphql', '/mcp', '/.well-known/oauth-protected-resource'], cors)
  app.use('/v1', rest(api, library))
  app.all('/graphql', toNodeListener(graphql(api, library), atApi))
  app.all('/mcp', toNodeListener(mcp(agents, library), atApi))
  for (const { resource, metadata } of agents) {
    app.get(metadataUrl(resource)?.pathname ?? '', (_req, res) => void res.set(CACHEABLE).json(metadata()))
  }

  app.use(mount({ auth }, { origin: places.auth, onError: console.error }))
  app.all(paths.authorize, page(asking.ask))
  app.get(paths.verify, page(asking.askForDevice))
  app.post(CONSENT, page(withForm(asking.decide)))

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

  return { listener: app, close }
}

/** A page that says so where the database does not answer. */
const told =
  (work: Page): Page =>
  (request) =>
    work(request).catch((error) => {
      if (!isOutage(error)) throw error
      console.error(error)
      return say(OUTAGE)
    })

const CACHEABLE = { 'cache-control': 'public, max-age=300', 'x-content-type-options': 'nosniff' }

/** Answers a page at whichever of the product's own origins it was asked for; at the first one, where `Host` names none of them. */
function atTheir(origins: readonly [string, ...string[]]): (work: Page) => RequestHandler {
  return (work) => {
    const listeners = new Map(
      origins.map((origin) => [new URL(origin).host, toNodeListener(told(work), { origin, onError: console.error })]),
    )
    const first = listeners.get(new URL(origins[0]).host)
    return (req, res, next) => (listeners.get(req.headers.host ?? '') ?? first)?.(req, res, next)
  }
}
