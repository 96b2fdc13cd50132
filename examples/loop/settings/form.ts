import { TokenloopError } from 'tokenloop'
import { type Html, html, redirect } from '../../shared/html.js'
import { ACCESS, type Access, accessTo, chosenScopes } from '../access.js'
import { AREAS, type Area, type Scope } from '../catalogue.js'
import { actionForm, areaName, backToList } from './bits.js'
import type { Desk } from './desk.js'

/** What a person fills in: a name, and one choice for each area. */
export interface Fields {
  readonly name: string
  readonly scopes: readonly Scope[]
}

/** The form that a token is made and edited with. */
export interface TokenForm {
  readonly title: string
  readonly button: string
  readonly action: string
}

export function showForm(desk: Desk, form: TokenForm, fields: Fields, mistake?: string): Response {
  const body = html`
    ${backToList(desk)}
    <h1>${form.title}</h1>
    ${mistake !== undefined && html`<p class="error" role="alert">${mistake}</p>`}
    ${actionForm(
      desk,
      form.action,
      'stack',
      html`
        <label>Name
          <input name="name" value="${fields.name}" required maxlength="100" autocomplete="off">
        </label>
        ${AREAS.map((area) => choice(area, accessTo(area, fields.scopes)))}
        <div class="actions">
          <button>${form.button}</button>
          <a href="${desk.link()}">Cancel</a>
        </div>`,
    )}`
  return desk.show(form.title, body, mistake === undefined ? 200 : 422)
}

const choice = (area: Area, chosen: Access): Html => html`
  <fieldset>
    <legend>${areaName(area)}</legend>
    ${Object.entries(ACCESS).map(
      ([access, label]) => html`
        <label>
          <input type="radio" name="${area}" value="${access}" ${access === chosen && html`checked`}>
          ${label}
        </label>`,
    )}
  </fieldset>`

/** Does what the form asks for and goes on where `act` says; a mistake in it shows the form again. */
export async function submit(
  desk: Desk,
  form: TokenForm,
  sent: FormData,
  act: (fields: Fields) => Promise<string>,
): Promise<Response> {
  const fields = { name: String(sent.get('name') ?? '').trim(), scopes: chosenScopes(sent) }
  if (fields.scopes.length === 0) return showForm(desk, form, fields, 'Choose what the token may do.')
  try {
    return redirect(await act(fields))
  } catch (error) {
    if (!(error instanceof TokenloopError) || error.code !== 'invalid_name') throw error
    return showForm(desk, form, fields, 'A name has 1 to 100 characters.')
  }
}
