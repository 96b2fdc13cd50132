import { html, htmlResponse } from '../shared/html.js'
import { page } from '../shared/layout.js'
import { type Handler, routes } from '../shared/routes.js'
import type { Sessions } from '../shared/sessions.js'
import { toSignIn } from '../shared/sign-in.js'
import { PROJECTS } from './projects.js'

/** The page one lands on: where the API is. */
export const home = (product: string, sessions: Sessions): Handler =>
  routes({
    'GET /': (call) => {
      const session = sessions.of(call)
      if (session === undefined) return toSignIn(call)
      const links = PROJECTS.map((project) => {
        const path = `/api/projects/${project}/api-tokens`
        return html`<li><a href="${path}"><code>${path}</code></a>: the tokens of ${project}</li>`
      })
      const body = html`
        <h1>${product}</h1>
        <p>You are signed in as <strong>${session.user}</strong>. Make a token with a <code>POST</code> to one of these,
          exchange it at <code>/auth/access-token</code>, and send what comes back as <code>Authorization: Bearer</code>:</p>
        <ul>${links}</ul>`
      return htmlResponse(page({ product, title: 'API', session, body }))
    },
  })
