import { html, htmlResponse } from '../shared/html.js'
import { page } from '../shared/layout.js'
import { type Handler, routes } from '../shared/routes.js'
import type { Sessions } from '../shared/sessions.js'
import { toSignIn } from '../shared/sign-in.js'

const READABLE = {
  '/v1/api-tokens': 'your tokens',
  '/v1/api-tokens/scopes': 'what a token can be for',
  '/v1/service-accounts': 'the service accounts of the workspace, for administrators',
  '/v1/openapi.json': 'all of it, for programs',
}

/** The page one lands on: where the API is. */
export const home = (product: string, sessions: Sessions): Handler =>
  routes({
    'GET /': (call) => {
      const session = sessions.of(call)
      if (session === undefined) return toSignIn(call)
      const links = Object.entries(READABLE).map(
        ([path, what]) => html`<li><a href="${path}"><code>${path}</code></a>: ${what}</li>`,
      )
      const body = html`
        <h1>${product}</h1>
        <p>You are signed in as <strong>${session.user}</strong>. Your session, or a token in
          <code>Authorization: Bearer</code>, opens the API below <code>/v1</code>:</p>
        <ul>${links}</ul>`
      return htmlResponse(page({ product, title: 'API', session, body }))
    },
  })
