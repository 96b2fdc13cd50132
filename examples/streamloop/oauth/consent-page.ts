import type { ConsentView } from 'tokenloop/oauth'
import { type Html, html } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import { isDestructive } from '../catalogue.js'
import { icon } from '../pages/icons.js'
import { originOf, show } from '../pages/layout.js'
import type { Session } from '../people/sessions.js'
import { CONSENT } from './paths.js'

interface Question {
  readonly session: Session
  readonly view: ConsentView
  readonly handle: string
  readonly request: Request
}

/** Who asks, where the answer goes, and what may be allowed; some of it, all of it, or nothing. */
export function consentPage({ session, view, handle, request }: Question): Response {
  const { client, scopes } = view
  const body = html`
    <div class="card consent">
      <h1>${client.name} wants to use your Streamloop account</h1>
      <p class="lead">You are signed in as <strong>${session.user}</strong>.</p>
      <dl class="facts">
        <div><dt>Who asks</dt><dd>${whoAsks(view)}</dd></div>
        <div><dt>Where the answer goes</dt><dd><strong>${view.redirectHost}</strong>${view.isLoopback && ON_THIS_MACHINE}</dd></div>
      </dl>
      <form method="post" action="${CONSENT}" class="stack">
        ${hidden('csrf', session.csrf)}
        ${hidden('handle', handle)}
        <fieldset class="asked">
          <legend>It may</legend>
          ${scopes.map(choice)}
          ${
            scopes.some(({ name }) => isDestructive(name)) &&
            html`
            <p class="warned">${icon('warning')} What is deleted cannot be brought back. Leave that out unless you need it.</p>`
          }
        </fieldset>
        <div class="buttons">
          <button name="answer" value="allow">Allow</button>
          <button name="answer" value="deny" class="quiet">Deny</button>
        </div>
        <p class="hint">You can take this back at any time under Settings, Connected Apps.</p>
      </form>
    </div>`
  return show({ title: `Allow ${client.name}?`, session, body, leadsTo: destinationOf(view, request) })
}

const ON_THIS_MACHINE = html`
  <span class="meta">A program on this computer. Allow it only if you have just started it yourself.</span>`

function whoAsks({ client }: ConsentView): Html {
  const { name, registeredName, domain } = client
  if (domain !== null) {
    return html`<strong>${name}</strong> <span class="badge live">${icon('check')} Verified</span>
      <span class="meta">It has shown that it is of ${domain}.</span>`
  }
  return html`<strong>${name}</strong> <span class="badge warning">Not verified</span>
    <span class="meta">${registeredName === null ? 'It gave no name.' : 'That is what it calls itself; nobody has checked it.'}</span>`
}

const choice = ({ name, description, granted }: ConsentView['scopes'][number]) => html`
  <label class="choice">
    <input type="checkbox" name="scope" value="${name}" checked>
    <span>${description}
      ${isDestructive(name) && html`<span class="badge warning">Destructive</span>`}
      ${granted && html`<span class="badge">Already allowed</span>`}
      <span class="meta"><code>${name}</code></span></span>
  </label>`

/** Where the answer to the form leads: the policy of the page has to allow it. */
function destinationOf({ redirectHost }: ConsentView, { url }: Request): readonly string[] {
  const asked = originOf(new URL(url).searchParams.get('redirect_uri') ?? '')
  if (asked.length > 0) return asked
  return redirectHost.endsWith(':')
    ? originOf(`${redirectHost}x`)
    : ['http', 'https'].flatMap((scheme) => originOf(`${scheme}://${redirectHost}`))
}
