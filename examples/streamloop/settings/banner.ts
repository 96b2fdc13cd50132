import { type Html, html } from '../../shared/html.js'
import { icon } from '../pages/icons.js'
import { TOKENS } from './frame.js'

/** Shows a secret, in this one answer, which no cache keeps and to which no way leads back. */
export const banner = (name: string, secret: string): Html => html`
  <section class="banner" id="new-secret" aria-labelledby="new-secret-title" tabindex="-1">
    <h2 id="new-secret-title">${icon('check')} “${name}” is ready</h2>
    <p>Copy it now and keep it where only your program finds it. This is the only time that it is shown.</p>
    <div class="secret">
      <code id="secret">${secret}</code>
      <button type="button" data-copies="secret" hidden>Copy</button>
    </div>
    <p class="unseen" role="status" id="copied"></p>
    <a class="button quiet" href="${TOKENS}" data-dismisses="new-secret">I have copied it</a>
  </section>`
