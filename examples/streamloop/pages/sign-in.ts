import { html, redirect } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import { formOf, plainForm } from '../../shared/sessions.js'
import { localPath } from '../../shared/sign-in.js'
import { isUser } from '../../shared/users.js'
import type { Library } from '../data/library.js'
import type { Sessions } from '../people/sessions.js'
import { originOf, say, show } from './layout.js'
import { type Page, toSignIn } from './visit.js'

/** The host's own sign-in: by name alone, as examples do. */
export function signIn(sessions: Sessions, library: Library): { readonly [page in 'ask' | 'enter' | 'leave']: Page } {
  return {
    ask: async (request) => form(localPath(new URL(request.url).searchParams.get('next'))),

    async enter(request) {
      const fields = await plainForm(request)
      if (fields === undefined) return say({ status: 400, title: 'Sign in', text: 'Sign in on this site.' })
      const name = String(fields.get('user') ?? '').trim()
      const next = localPath(fields.get('next'))
      if (!isUser(name)) return form(next, name)
      await library.welcome(name)
      return redirect(next, { 'set-cookie': await sessions.open(name) })
    },

    async leave(request) {
      const session = await sessions.of(request)
      if (session === undefined) return toSignIn('/')
      if ((await formOf(request, session)) === undefined) return redirect('/')
      return redirect('/login', { 'set-cookie': await sessions.close(session) })
    },
  }
}

/** The form; again, with what was wrong, where nobody has that name. */
function form(next: string, unknown?: string): Response {
  const wrong = unknown !== undefined
  const body = html`
    <div class="card narrow">
      <h1>Sign in</h1>
      <form method="post" action="/login" class="stack">
        ${hidden('next', next)}
        <div class="field">
          <label for="user">Name</label>
          <input id="user" name="user" value="${unknown ?? ''}" required autofocus autocomplete="username"
            autocapitalize="none" spellcheck="false" maxlength="100"
            ${wrong && html`aria-invalid="true" aria-describedby="user-error"`}>
          ${wrong && html`<p class="error" id="user-error">Nobody of that name has an account.</p>`}
        </div>
        <button>Sign in</button>
      </form>
      <p class="hint">Try <code>alice</code> or <code>bob</code>: an example asks for no password.</p>
    </div>`
  return show({ title: 'Sign in', status: wrong ? 401 : 200, body, leadsTo: destinationOf(next) })
}

/** Where signing in may lead to at last: an app that waits for an answer, when its user has allowed it before. */
const destinationOf = (next: string): readonly string[] =>
  originOf(new URL(next, 'http://localhost').searchParams.get('redirect_uri') ?? '')
