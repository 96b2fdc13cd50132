import { html, htmlResponse, redirect } from './html.js'
import { hidden, notice, page } from './layout.js'
import { type Call, type Handler, routes } from './routes.js'
import { formOf, plainForm, type Sessions } from './sessions.js'

export interface SignInOptions {
  readonly product: string
  readonly sessions: Sessions
  /** Whether somebody of that name may sign in. */
  readonly knows: (name: string) => boolean
}

/** The host's own sign-in: by name alone, as examples do. */
export function signIn({ product, sessions, knows }: SignInOptions): Handler {
  const show = (next: string, error?: string) =>
    htmlResponse(page({ product, title: 'Sign in', body: form(next, error) }), error === undefined ? 200 : 401)

  return routes({
    'GET /login': ({ url }) => show(localPath(url.searchParams.get('next'))),

    'POST /login': async ({ request }) => {
      const form = await plainForm(request)
      if (form === undefined) return notice({ product, title: 'Sign in', text: 'Sign in on this site.', status: 400 })
      const name = String(form.get('user') ?? '')
      const next = localPath(form.get('next'))
      if (!knows(name)) return show(next, 'Nobody of that name is a member.')
      return redirect(next, { 'set-cookie': sessions.open(name) })
    },

    'POST /logout': async (call) => {
      const session = sessions.of(call)
      if (session !== undefined && (await formOf(call.request, session)) === undefined) return redirect('/')
      return redirect('/login', { 'set-cookie': sessions.close(call) })
    },
  })
}

const form = (next: string, error: string | undefined) => html`
  <h1>Sign in</h1>
  ${error !== undefined && html`<p class="error" role="alert">${error}</p>`}
  <form method="post" action="/login" class="stack">
    ${hidden('next', next)}
    <label>Name
      <input name="user" required autofocus autocomplete="username" autocapitalize="none" maxlength="100">
    </label>
    <button>Sign in</button>
  </form>
  <p class="hint">alice is an administrator, bob is not.</p>`

/** Sends a visitor to sign in, and back here afterwards. */
export const toSignIn = ({ url }: Call): Response =>
  redirect(`/login?next=${encodeURIComponent(url.pathname + url.search)}`)

/** A path of this site, whatever was asked for: `//elsewhere` and `\` lead to other sites. */
export const localPath = (next: unknown): string =>
  typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/'
