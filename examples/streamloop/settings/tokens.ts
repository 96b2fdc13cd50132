import { type Token, TokenloopError, type Tokens, user } from 'tokenloop'
import { type Html, html, redirect } from '../../shared/html.js'
import { catalogue, type Role, type Scope } from '../catalogue.js'
import { when } from '../pages/time.js'
import type { Visit } from '../pages/visit.js'
import { banner } from './banner.js'
import { done, panel, revocation, TOKENS } from './frame.js'
import { createForm, type Draft, FRESH, type Mistakes, readDraft } from './token-form.js'

export interface TokenPages {
  readonly list: (visit: Visit) => Promise<Response>
  readonly create: (visit: Visit, form: FormData) => Promise<Response>
  readonly revoke: (visit: Visit, form: FormData) => Promise<Response>
}

export interface TokenPagesOptions {
  readonly tokens: Tokens<Scope, Role>
  readonly now: () => number
  /** Where the API is, for the words on how to use a token. */
  readonly apiOrigin: string
}

interface Extra {
  readonly status?: number
  readonly top?: Html
  readonly draft?: Draft
  readonly mistakes?: Mistakes
}

/** `/settings/api-tokens`: all tokens of whoever is signed in, a form for another one, and what ends each. */
export function tokenPages({ tokens, now, apiOrigin }: TokenPagesOptions): TokenPages {
  const page = async ({ session, url }: Visit, { status = 200, top, draft, mistakes }: Extra = {}) => {
    const cursor = url.searchParams.get('cursor') ?? undefined
    const { items, cursor: next } = await tokens.list({ owner: user(session.user), limit: 20, cursor, unrevoked: true })
    const body = html`
      <h1>API Tokens</h1>
      <p class="lead">Secrets for your own scripts, servers and CI pipelines. Send one in the <code>x-api-key</code> header.</p>
      ${createForm(session, draft ?? FRESH, mistakes)}
      ${top}
      ${items.length === 0 && cursor === undefined ? EMPTY : table(items.map((token) => row(token, session, now())))}
      ${next !== undefined && html`<p><a href="${TOKENS}?cursor=${encodeURIComponent(next)}">Older tokens</a></p>`}
      ${items.length > 0 && usage(apiOrigin)}`
    return panel({ session, here: TOKENS, title: 'API Tokens', status, body })
  }

  return {
    list: (visit) => page(visit, visit.url.searchParams.get('done') === 'revoked' ? { top: REVOKED } : {}),

    async create(visit, form) {
      const { draft, choice, mistakes } = readDraft(form)
      if (choice === undefined) return page(visit, { status: 422, draft, mistakes })
      const { user: name } = visit.session
      const by = user(name, { scopes: catalogue.names })
      try {
        const { secret, token } = await tokens.issue({ by, owner: user(name), ...choice })
        return await page(visit, { status: 201, top: banner(token.name, secret.reveal()) })
      } catch (error) {
        if (!(error instanceof TokenloopError) || error.code !== 'invalid_name') throw error
        return page(visit, {
          status: 422,
          draft,
          mistakes: { name: 'A name has 1 to 100 characters, all of them visible.' },
        })
      }
    },

    async revoke({ session }, form) {
      await tokens.revoke(String(form.get('id') ?? ''), { by: user(session.user) })
      return redirect(`${TOKENS}?done=revoked`)
    },
  }
}

const REVOKED = done('The token has been revoked. The very next request with it is refused.')

const EMPTY = html`
  <div class="empty">
    <p><strong>No tokens yet</strong></p>
    <p>A token lets a program of your own use your account. Make one with “New token”.</p>
  </div>`

const table = (rows: readonly Html[]): Html => html`
  <table>
    <caption class="unseen">Your API tokens, newest first</caption>
    <thead>
      <tr>
        <th scope="col">Name</th><th scope="col">Created</th><th scope="col">Expires</th><th scope="col">Last used</th>
        <th scope="col"><span class="unseen">Revoke</span></th>
      </tr>
    </thead>
    <tbody>${rows}</tbody>
  </table>`

const row = (token: Token<Scope, Role>, session: Visit['session'], now: number): Html => html`
  <tr>
    <th scope="row">${token.name} <span class="meta"><code>${token.id}…</code> ${access(token)}</span></th>
    <td data-label="Created">${when(token.createdAt, now)}</td>
    <td data-label="Expires">${expiry(token, now)}</td>
    <td data-label="Last used">${token.use === null ? 'Never' : when(token.use.at, now)}</td>
    <td class="act">${revocation({
      session,
      action: `${TOKENS}/revoke`,
      id: token.id,
      name: token.name,
      verb: 'Revoke',
      means:
        'Whatever uses it is refused from its very next request on. A token that was revoked cannot be brought back.',
    })}</td>
  </tr>`

const access = ({ roles, scopes }: Token<Scope, Role>) => (roles.length > 0 ? 'Full access' : scopes.join(', '))

function expiry({ expiresAt, status }: Token, now: number) {
  if (expiresAt === null) return 'Never'
  return status === 'expired'
    ? html`<span class="badge over">Expired</span> ${when(expiresAt, now)}`
    : when(expiresAt, now)
}

const usage = (apiOrigin: string): Html => html`
  <section class="usage" aria-labelledby="usage-title">
    <h2 id="usage-title">Use a token</h2>
    <pre tabindex="0"><code>curl ${apiOrigin}/v1/me -H "x-api-key: sl_your_token_here"</code></pre>
    <p class="hint">A token opens your whole account. Keep it on a server, out of source control, and never in a browser.</p>
  </section>`
