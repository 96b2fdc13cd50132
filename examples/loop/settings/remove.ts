import { html, redirect } from '../../shared/html.js'
import { actionForm, backToList, masked } from './bits.js'
import type { Desk } from './desk.js'

/** Asks once more, since nothing brings a token back. */
export async function showRemove(desk: Desk, id = ''): Promise<Response> {
  const { name } = await desk.tokens.get(id, desk.within)
  const buttons = html`
    <button class="danger">Remove token</button>
    <a href="${desk.link()}">Cancel</a>`
  const body = html`
    ${backToList(desk)}
    <h1>Remove “${name}”?</h1>
    <p>${masked(id)}</p>
    <p>Every later call with this token is refused. It cannot be brought back.</p>
    ${actionForm(desk, desk.link(`/${id}/remove`), 'actions', buttons)}`
  return desk.show('Remove token', body)
}

export async function remove(desk: Desk, _: FormData, id = ''): Promise<Response> {
  const { by, within, tokens, link } = desk
  await tokens.revoke(id, { by, within })
  return redirect(link('', { done: 'removed' }))
}
