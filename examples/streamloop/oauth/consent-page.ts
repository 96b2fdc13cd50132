import type { ConsentView, Warning } from 'tokenloop/oauth'
import { type Html, html } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import { icon } from '../pages/icons.js'
import { originOf, show } from '../pages/layout.js'
import type { Session } from '../people/sessions.js'
import { CONSENT, paths } from './paths.js'

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
        <div><dt>Where the answer goes</dt><dd>${whereTo(view)}</dd></div>
      </dl>
      ${WARNINGS.filter(([warning]) => view.warnings.includes(warning)).map(([, text]) => warned(text))}
      <form method="post" action="${CONSENT}" class="stack">
        ${hidden('csrf', session.csrf)}
        ${hidden('handle', handle)}
        <fieldset class="asked">
          <legend>It may</legend>
          ${scopes.map(choice)}
          ${view.warnings.includes('destructive') && warned(DESTRUCTIVE)}
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

/** What to think of before one allows it, where the library says so. */
const WARNINGS: readonly (readonly [warning: Warning, text: string])[] = [
  ['loopback', 'The answer goes to a program on this computer. Allow it only if you have just started it yourself.'],
  ['other_host', 'The answer goes to another site than the one that asks.'],
  ['device', 'Allow it only if you see this very code on a device of your own. Did somebody send it to you? Deny.'],
]
const DESTRUCTIVE = 'What is deleted cannot be brought back. Leave that out unless you need it.'

const warned = (text: string): Html => html`<p class="warned">${icon('warning')} ${text}</p>`

const whereTo = ({ redirectHost, userCode }: ConsentView): Html =>
  redirectHost === null
    ? html`The device that shows <strong>${userCode ?? ''}</strong>`
    : html`<strong>${redirectHost}</strong>`

function whoAsks({ client }: Pick<ConsentView, 'client'>): Html {
  const { name, registeredName, domain } = client
  if (domain !== null) {
    return html`<strong>${name}</strong> <span class="badge live">${icon('check')} Verified</span>
      <span class="meta">It has shown that it is of ${domain}.</span>`
  }
  return html`<strong>${name}</strong> <span class="badge warning">Not verified</span>
    <span class="meta">${registeredName === null ? 'It gave no name.' : 'That is what it calls itself; nobody has checked it.'}</span>`
}

const choice = ({ name, description, destructive, granted }: ConsentView['scopes'][number]) => html`
  <label class="choice">
    <input type="checkbox" name="scope" value="${name}" checked>
    <span>${description}
      ${destructive && html`<span class="badge warning">Destructive</span>`}
      ${granted && html`<span class="badge">Already allowed</span>`}
      <span class="meta"><code>${name}</code></span></span>
  </label>`

/** Where the answer to the form leads: the policy of the page has to allow it. */
function destinationOf({ redirectHost: host }: ConsentView, { url }: Request): readonly string[] {
  if (host === null) return []
  const asked = originOf(new URL(url).searchParams.get('redirect_uri') ?? '')
  if (asked.length > 0) return asked
  return host.endsWith(':')
    ? originOf(`${host}x`)
    : ['http', 'https'].flatMap((scheme) => originOf(`${scheme}://${host}`))
}

/** Asks for the code that a device shows. */
export const codePage = (): Response =>
  show({
    title: 'Connect a device',
    body: html`
      <div class="card narrow">
        <h1>Connect a device</h1>
        <form method="get" action="${paths.verify}" class="stack">
          <div class="field">
            <label for="user_code">Code on the device</label>
            <input id="user_code" name="user_code" required autofocus autocomplete="off" autocapitalize="characters" maxlength="20">
          </div>
          <button>Continue</button>
        </form>
      </div>`,
  })
