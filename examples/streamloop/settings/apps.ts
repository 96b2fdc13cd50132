import { type Html, html, redirect } from '../../shared/html.js'
import { catalogue, isDestructive, type Scope } from '../catalogue.js'
import { when } from '../pages/time.js'
import type { Visit } from '../pages/visit.js'
import { APPS, done, panel, revocation } from './frame.js'

/** An app that acts for somebody. */
export interface ConnectedApp {
  readonly id: string
  /** Its name, or its hostname where it registered none. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** What the page asks of the library. */
export interface ConnectedApps {
  list(user: string): Promise<readonly ConnectedApp[]>
  disconnect(id: string, user: string): Promise<void>
}

export interface AppPages {
  readonly list: (visit: Visit) => Promise<Response>
  readonly revoke: (visit: Visit, form: FormData) => Promise<Response>
}

/** `/settings/connected-apps`: whom one has let act for oneself, and what ends that. */
export function appPages(apps: ConnectedApps, now: () => number): AppPages {
  return {
    async list({ session, url }) {
      const items = await apps.list(session.user)
      const body = html`
        <h1>Connected Apps</h1>
        <p class="lead">Apps and AI agents that act for you, because you allowed them to.</p>
        ${url.searchParams.get('done') === 'disconnected' && DISCONNECTED}
        ${items.length === 0 ? EMPTY : html`<ul class="apps">${items.map((app) => card(app, session, now()))}</ul>`}`
      return panel({ session, here: APPS, title: 'Connected Apps', body })
    },

    async revoke({ session }, form) {
      await apps.disconnect(String(form.get('id') ?? ''), session.user)
      return redirect(`${APPS}?done=disconnected`)
    },
  }
}

const DISCONNECTED = done('The app has been disconnected. Its very next request is refused.')

const EMPTY = html`
  <div class="empty">
    <p><strong>No connected apps</strong></p>
    <p>When you let an app or an agent use your account, it is listed here, and you can take that back.</p>
  </div>`

const card = (app: ConnectedApp, session: Visit['session'], now: number): Html => html`
  <li class="card app">
    <h2>${app.name}</h2>
    <ul class="granted" aria-label="What ${app.name} may do">${app.scopes.map(
      (scope) => html`
      <li>${catalogue.describe(scope).description} <code class="badge ${isDestructive(scope) && 'warning'}">${scope}</code></li>`,
    )}
    </ul>
    <p class="hint">Authorized ${when(app.createdAt, now)} · ${
      app.lastUsedAt === null ? 'Never used' : html`Last used ${when(app.lastUsedAt, now)}`
    }</p>
    <div class="act">${revocation({
      session,
      action: `${APPS}/revoke`,
      id: app.id,
      name: app.name,
      verb: 'Disconnect',
      means: 'It is refused from its very next request on, and has to ask you again. Your API tokens are not touched.',
    })}</div>
  </li>`
