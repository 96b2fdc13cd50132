import { type Html, html, type Part } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import { ACCESS, accessTo } from '../access.js'
import { AREAS, type Area } from '../catalogue.js'
import type { Desk } from './desk.js'

/** A moment, as people and programs read it. */
export function when(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`
}

/** A token as it is shown to those who look on: its public part, and nothing of the rest. */
export const masked = (id: string): Html => html`<code>${id}••••••••</code>`

export const areaName = (area: Area): string => `${area.charAt(0).toUpperCase()}${area.slice(1)}`

/** Scopes in the words of the form; areas without access are left out. */
export function scopeList(scopes: readonly string[]): Html {
  const allowed = AREAS.map((area) => ({ area, access: accessTo(area, scopes) })).filter(
    ({ access }) => access !== 'none',
  )
  return html`<ul>${allowed.map(({ area, access }) => html`<li>${areaName(area)}: ${ACCESS[access].toLowerCase()}</li>`)}</ul>`
}

/** A form that changes something; only this session can send it. */
export const actionForm = ({ session }: Desk, action: string, className: string, fields: Part): Html => html`
  <form method="post" action="${action}" class="${className}">
    ${hidden('csrf', session.csrf)}
    ${fields}
  </form>`

export const backToList = ({ link, tenant }: Desk): Html => html`<p><a href="${link()}">API tokens of ${tenant}</a></p>`
