import { html } from '../../shared/html.js'
import { backToList } from './bits.js'
import type { Desk } from './desk.js'

/** Shows a token in clear, in this one answer, which no cache keeps; the audit trail says who looked. */
export async function reveal(desk: Desk, _: FormData, id = ''): Promise<Response> {
  const { by, within, tokens } = desk
  const { name } = await tokens.get(id, within)
  const secret = await tokens.reveal(id, { by, within })
  const body = html`
    ${backToList(desk)}
    <h1>${name}</h1>
    <p class="notice"><code id="token">${secret.reveal()}</code></p>
    <p class="hint">Send it as <code>X-Loop-Token</code>. Treat it as a password: keep it on your servers and out of source code.</p>
    <p><a href="${desk.link(`/${id}/audit`)}">Who has seen it</a></p>`
  return desk.show(name, body)
}
