import type { EventRecord, EventType, Json } from 'tokenloop'
import { type Html, html } from '../../shared/html.js'
import { backToList, masked, when } from './bits.js'
import type { Desk } from './desk.js'

/** Everything that was done to one token, by whom and when, newest first. */
export async function showAudit(desk: Desk, id = ''): Promise<Response> {
  const { call, tokens, within, link, tenant } = desk
  const { name } = await tokens.get(id, within)
  const cursor = call.url.searchParams.get('cursor') ?? undefined
  const { items, cursor: next } = await tokens.audit({ token: id, tenant, cursor })
  const body = html`
    ${backToList(desk)}
    <h1>Audit of “${name}”</h1>
    <p>${masked(id)}</p>
    <table>
      <thead><tr><th>When</th><th>Who</th><th>What</th></tr></thead>
      <tbody>${items.map(row)}</tbody>
    </table>
    <p class="actions">
      ${next !== undefined && html`<a href="${link(`/${id}/audit`, { cursor: next })}">Older changes</a>`}
      <span class="hint">Times are in UTC.</span>
    </p>`
  return desk.show('Audit', body)
}

const row = ({ at, by, type, detail = {} }: EventRecord): Html => html`
  <tr>
    <td data-label="When">${when(at)}</td>
    <td data-label="Who">${by.id}</td>
    <td data-label="What">${WORDS[type] ?? type}<ul class="meta">${Object.entries(detail).map(changed)}</ul></td>
  </tr>`

const WORDS: { readonly [T in EventType]?: string } = {
  'token.issued': 'Generated the token',
  'token.updated': 'Edited the token',
  'token.revealed': 'Looked at the token',
  'token.revoked': 'Removed the token',
}

/** What was so before and is different now. */
function changed([what, value]: [string, Json]): Html | undefined {
  if (typeof value !== 'object' || value === null || !('from' in value) || !('to' in value)) return undefined
  const [from, to] = [words(value.from), words(value.to)]
  return from === to ? undefined : html`<li>${what}: ${from} → ${to}</li>`
}

const words = (value: Json | undefined): string => (Array.isArray(value) ? value.join(', ') : String(value))
