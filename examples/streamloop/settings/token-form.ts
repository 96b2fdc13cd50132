import { type Html, html } from '../../shared/html.js'
import { catalogue, type Role, type Scope } from '../catalogue.js'
import type { Session } from '../people/sessions.js'
import { actionForm, TOKENS } from './frame.js'

/** How long a token may live, in the words of the form. */
const LIFETIMES = { '30d': '30 days', '90d': '90 days', '1y': '1 year', never: 'No expiration' } as const
export type Lifetime = keyof typeof LIFETIMES
export const lifetimes = Object.keys(LIFETIMES) as readonly Lifetime[]

const isLifetime = (value: unknown): value is Lifetime => lifetimes.some((lifetime) => lifetime === value)

/** The form as it was filled in. */
export interface Draft {
  readonly name: string
  readonly expires: string
  readonly access: 'full' | 'chosen'
  readonly scopes: readonly string[]
}

export const FRESH: Draft = { name: '', expires: '90d', access: 'full', scopes: [] }

/** What is wrong with it, at the field that it is about. */
export type Mistakes = { readonly [field in 'name' | 'expires' | 'access']?: string }

/** What a token is made from. */
export interface Choice {
  readonly name: string
  readonly expiresIn: Lifetime
  readonly roles?: readonly Role[]
  readonly scopes?: readonly Scope[]
}

/** A form that was sent: what it asks for, or what is wrong with it. */
export function readDraft(form: FormData): { draft: Draft; choice?: Choice; mistakes: Mistakes } {
  const draft: Draft = {
    name: String(form.get('name') ?? '').trim(),
    expires: String(form.get('expires') ?? ''),
    access: form.get('access') === 'chosen' ? 'chosen' : 'full',
    scopes: form.getAll('scope').map(String),
  }
  const { name, expires, access } = draft
  const parsed = catalogue.parse(draft.scopes)
  const mistakes: Mistakes = {
    ...(name === '' && { name: 'Give it a name, so that you know later what it is for.' }),
    ...(!isLifetime(expires) && { expires: 'Choose one of these.' }),
    ...(access === 'chosen' && !(parsed.ok && parsed.scopes.length > 0) && { access: 'Choose at least one of these.' }),
  }
  if (Object.keys(mistakes).length > 0 || !isLifetime(expires)) return { draft, mistakes }
  const given = access === 'chosen' && parsed.ok ? { scopes: parsed.scopes } : { roles: ['full access'] as const }
  return { draft, mistakes, choice: { name, expiresIn: expires, ...given } }
}

/** The form for a new token, closed until it is asked for or has something to say. */
export function createForm(session: Session, draft: Draft, mistakes: Mistakes = {}): Html {
  const isOpen = Object.keys(mistakes).length > 0
  return html`
    <details class="new" ${isOpen && html`open`}>
      <summary class="button">New token</summary>
      ${actionForm(session, TOKENS, 'card stack', [nameField(draft, mistakes), expiryField(draft, mistakes), accessField(draft, mistakes), html`<div class="buttons"><button>Create token</button></div>`])}
    </details>`
}

const mistakeAt = (field: keyof Mistakes, { [field]: text }: Mistakes) =>
  text !== undefined && html`<p class="error" id="${field}-error" role="alert">${text}</p>`

const nameField = ({ name }: Draft, mistakes: Mistakes) => html`
  <div class="field">
    <label for="name">Name</label>
    <input id="name" name="name" value="${name}" maxlength="100" autocomplete="off" placeholder="CI pipeline"
      aria-describedby="name-hint ${mistakes.name !== undefined && 'name-error'}"
      ${mistakes.name !== undefined && html`aria-invalid="true" autofocus`}>
    <p class="hint" id="name-hint">What it is for, such as “CI pipeline” or “monitoring-prod”.</p>
    ${mistakeAt('name', mistakes)}
  </div>`

const expiryField = ({ expires }: Draft, mistakes: Mistakes) => html`
  <fieldset>
    <legend>Expiration</legend>
    <div class="segments">${lifetimes.map(
      (lifetime) => html`
      <label><input type="radio" name="expires" value="${lifetime}" ${lifetime === expires && html`checked`}> ${LIFETIMES[lifetime]}</label>`,
    )}
    </div>
    <p class="hint">Shorter is safer: replace it when you can.</p>
    ${mistakeAt('expires', mistakes)}
  </fieldset>`

const accessField = ({ access, scopes }: Draft, mistakes: Mistakes) => html`
  <fieldset class="access">
    <legend>Access</legend>
    <label class="choice"><input type="radio" name="access" value="full" ${access === 'full' && html`checked`}>
      <span>Full access <span class="meta">Everything that you can do yourself</span></span></label>
    <label class="choice"><input type="radio" name="access" value="chosen" ${access === 'chosen' && html`checked`}>
      <span>Only what I choose</span></label>
    <div class="scopes" role="group" aria-label="What it may do">${catalogue.names.map(
      (scope) => html`
      <label class="choice"><input type="checkbox" name="scope" value="${scope}" ${scopes.includes(scope) && html`checked`}>
        <span>${catalogue.describe(scope).description} <span class="meta"><code>${scope}</code></span></span></label>`,
    )}
    </div>
    ${mistakeAt('access', mistakes)}
  </fieldset>`
