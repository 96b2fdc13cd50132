import { type DescribedScope, user } from 'tokenloop'
import type { AuthorizationServer, ConnectedApp } from 'tokenloop/oauth'
import { type Html, html, redirect } from '../../shared/html.js'
import { catalogue } from '../catalogue.js'
import { when } from '../pages/time.js'
import type { Visit } from '../pages/visit.js'
import type { Session } from '../people/sessions.js'
import { APPS, done, panel, revocation } from './frame.js'

export interface AppPages {
  readonly list: (visit: Visit) => Promise<Response>
  readonly revoke: (visit: Visit, form: FormData) => Promise<Response>
}

export interface AppPagesOptions extends Pick<AuthorizationServer, 'grants'> {
  /** Makes `grants` know of every use until now. */
  readonly flush: () => Promise<void>
  readonly now: () => number
}

/** `/settings/connected-apps`: whom one has let act for oneself, and what ends that. */
export function appPages({ grants, flush, now }: AppPagesOptions): AppPages {
  return {
    async list({ session, url }) {
      const cursor = url.searchParams.get('cursor') ?? undefined
      await flush()
      const { items, cursor: next } = await grants.list({ subject: session.user, limit: 20, cursor })
      const body = html`
        <h1>Connected Apps</h1>
        <p class="lead">Apps and AI agents that act for you, because you allowed them to.</p>
        ${url.searchParams.get('done') === 'disconnected' && DISCONNECTED}
        ${items.length === 0 && cursor === undefined ? EMPTY : html`<ul class="apps">${items.map((app) => card(app, session, now()))}</ul>`}
        ${next !== undefined && html`<p><a href="${APPS}?cursor=${encodeURIComponent(next)}">Older apps</a></p>`}`
      return panel({ session, here: APPS, title: 'Connected Apps', body })
    },

    async revoke({ session }, form) {
      await grants.revoke(String(form.get('id') ?? ''), { by: user(session.user) })
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

const card = ({ id, client, scopes, createdAt, lastUsedAt }: ConnectedApp, session: Session, now: number): Html => html`
  <li class="card app">
    <h2>${client.name}</h2>
    <ul class="granted" aria-label="What ${client.name} may do">${describe(scopes).map(granted)}</ul>
    <p class="hint">Authorized ${when(createdAt, now)} · ${
      lastUsedAt === null ? 'Never used' : html`Last used ${when(lastUsedAt, now)}`
    }</p>
    <div class="act">${revocation({
      session,
      action: `${APPS}/revoke`,
      id,
      name: client.name,
      verb: 'Disconnect',
      means: 'It is refused from its very next request on, and has to ask you again. Your API tokens are not touched.',
    })}</div>
  </li>`

const granted = ({ name, description, destructive }: DescribedScope) => html`
  <li>${description} <code class="badge ${destructive && 'warning'}">${name}</code></li>`

/** In the words of the catalogue; what is no longer in it allows nothing. */
const describe = (scopes: readonly string[]): readonly DescribedScope[] =>
  catalogue.names.filter((name) => scopes.includes(name)).map(catalogue.describe)
