import type { Token } from 'tokenloop'
import { type Html, html } from '../../shared/html.js'
import { TENANTS } from '../tenants.js'
import { actionForm, masked, scopeList, when } from './bits.js'
import type { Desk } from './desk.js'

/** The tokens of a store, newest first, twenty a page. */
export async function showList(desk: Desk): Promise<Response> {
  const { call, link, tenant, tokens } = desk
  const query = call.url.searchParams
  const cursor = query.get('cursor') ?? undefined
  const all = query.has('all')
  const { items, cursor: next } = await tokens.list({ tenant, limit: 20, cursor, unrevoked: !all })

  const body = html`
    <div class="bar">
      <h1>API Tokens</h1>
      <a class="button" href="${link('/new')}">Generate new token</a>
    </div>
    ${stores(tenant)}
    ${DONE.has(query.get('done') ?? '') && html`<p class="notice" role="status">${DONE.get(query.get('done') ?? '')}</p>`}
    ${items.length === 0 ? html`<p>There are no tokens here.</p>` : table(desk, items, query.get('token'))}
    <p class="actions">
      ${next !== undefined && html`<a href="${link('', { cursor: next, ...(all && { all: '1' }) })}">Older tokens</a>`}
      ${all ? html`<a href="${link()}">Hide removed tokens</a>` : html`<a href="${link('', { all: '1' })}">Show removed tokens</a>`}
      <span class="hint">Times are in UTC.</span>
    </p>`
  return desk.show('API Tokens', body)
}

const DONE: ReadonlyMap<string, string> = new Map([
  ['generated', 'The token is ready. “Show token” shows it; keep it as you keep a password.'],
  ['edited', 'The token has been changed. It stays the same, and what it may do holds from the next request on.'],
  ['removed', 'The token has been removed. Every later call with it is refused.'],
])

const stores = (here: string) => html`
  <p class="actions">
    <span class="hint">Store</span>
    ${TENANTS.map((tenant) =>
      tenant === here
        ? html`<strong>${tenant}</strong>`
        : html`<a href="/settings/api-tokens?store=${tenant}">${tenant}</a>`,
    )}
  </p>`

const table = (desk: Desk, items: readonly Token[], marked: string | null) => html`
  <table>
    <thead>
      <tr><th>Name and token</th><th>Scopes</th><th>Made</th><th>Last used</th><th>Manage</th></tr>
    </thead>
    <tbody>${items.map((token) => row(desk, token, token.id === marked))}</tbody>
  </table>`

const row = (desk: Desk, token: Token, marked: boolean): Html => html`
  <tr class="${marked ? 'marked' : token.revoked ? 'over' : ''}">
    <th scope="row">${token.name} <span class="meta">${masked(token.id)}</span></th>
    <td data-label="Scopes">${scopeList(token.scopes)}</td>
    <td data-label="Made">${when(token.createdAt)} <span class="meta">by ${token.createdBy.id}</span></td>
    <td data-label="Last used">${lastUsed(token)}</td>
    <td>${token.revoked ? removed(desk, token, token.revoked) : manage(desk, token)}</td>
  </tr>`

const lastUsed = ({ use }: Token) =>
  use === null
    ? 'Never'
    : html`${when(use.at)} <span class="meta">from ${use.ip ?? 'an unknown address'}, ${times(use.count)}</span>`

const times = (count: number) => (count === 1 ? 'used once' : `used ${count} times`)

const manage = (desk: Desk, { id }: Token) => html`
  <div class="actions">
    ${actionForm(desk, desk.link(`/${id}/show`), 'inline', html`<button class="link">Show token</button>`)}
    <a href="${desk.link(`/${id}/edit`)}">Edit</a>
    <a href="${desk.link(`/${id}/audit`)}">Audit</a>
    <a href="${desk.link(`/${id}/remove`)}">Remove token</a>
  </div>`

const removed = ({ link }: Desk, { id }: Token, { at, by }: NonNullable<Token['revoked']>) => html`
  Removed ${when(at)} <span class="meta">by ${by.id}</span>
  <a href="${link(`/${id}/audit`)}">Audit</a>`
