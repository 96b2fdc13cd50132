import { type Html, html, type Part } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import { icon } from '../pages/icons.js'
import { show } from '../pages/layout.js'
import type { Session } from '../people/sessions.js'

export const TOKENS = '/settings/api-tokens'
export const APPS = '/settings/connected-apps'

const MENU = [
  [TOKENS, 'key', 'API Tokens'],
  [APPS, 'plug', 'Connected Apps'],
] as const

export interface Panel {
  readonly session: Session
  readonly here: typeof TOKENS | typeof APPS
  readonly title: string
  readonly status?: number
  readonly body: Part
}

/** A page of the settings: the menu at the side, and one panel. */
export const panel = ({ here, body, ...parts }: Panel): Response =>
  show({
    ...parts,
    body: html`
      <div class="settings">
        <nav aria-label="Settings">
          <p class="nav-title">Settings</p>
          <ul>${MENU.map(
            ([path, picture, name]) => html`
            <li><a href="${path}" ${path === here && html`aria-current="page"`}>${icon(picture)} ${name}</a></li>`,
          )}
          </ul>
        </nav>
        <div class="panel">${body}</div>
      </div>`,
  })

/** A form that changes something; only this session can send it. */
export const actionForm = ({ csrf }: Session, action: string, className: string, fields: Part): Html => html`
  <form method="post" action="${action}" class="${className}">
    ${hidden('csrf', csrf)}
    ${fields}
  </form>`

export interface Revocation {
  readonly session: Session
  /** Where the form leads. */
  readonly action: string
  readonly id: string
  readonly name: string
  readonly verb: 'Revoke' | 'Disconnect'
  /** What it means, for whoever hesitates. */
  readonly means: string
}

/** A trash icon, and what it asks before anything is done: a dialog that needs no script. */
export function revocation({ session, action, id, name, verb, means }: Revocation): Html {
  const dialog = `revoke-${id}`
  return html`
    <button type="button" class="icon-button" popovertarget="${dialog}" aria-label="${verb} ${name}" title="${verb}">${icon('trash')}</button>
    <div popover id="${dialog}" class="dialog" role="alertdialog" aria-labelledby="${dialog}-title" aria-describedby="${dialog}-text">
      <h2 id="${dialog}-title">${verb} “${name}”?</h2>
      <p id="${dialog}-text">${means}</p>
      ${actionForm(
        session,
        action,
        'buttons',
        html`
          ${hidden('id', id)}
          <button type="button" class="quiet" autofocus popovertarget="${dialog}" popovertargetaction="hide">Cancel</button>
          <button class="danger">${verb}</button>`,
      )}
    </div>`
}

/** What has just been done. */
export const done = (text: string): Html => html`<p class="notice" role="status">${icon('check')} ${text}</p>`
