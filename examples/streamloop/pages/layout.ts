import { type Html, html, htmlResponse, type Part } from '../../shared/html.js'
import { hidden } from '../../shared/layout.js'
import type { Session } from '../people/sessions.js'
import { icon } from './icons.js'

export interface PageParts {
  readonly title: string
  /** Whoever is signed in, if anybody is. */
  readonly session?: Session | undefined
  readonly body: Part
}

/** The frame of every page. */
const frame = ({ title, session, body }: PageParts): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Streamloop</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/style.css">
    <script src="/assets/page.js" type="module"></script>
  </head>
  <body>
    <a class="skip" href="#main">Skip to content</a>
    <header class="top">
      <a class="brand" href="/">${icon('loop')} Streamloop</a>
      ${session && avatar(session)}
    </header>
    <main id="main" tabindex="-1">
      ${body}
    </main>
  </body>
</html>
`

/** What opens at the top right. */
const avatar = ({ user, csrf }: Session) => html`
  <details class="account">
    <summary aria-label="Account of ${user}"><span aria-hidden="true">${user.charAt(0).toUpperCase()}</span></summary>
    <div class="menu">
      <p>Signed in as <strong>${user}</strong></p>
      <a href="/settings">Settings</a>
      <form method="post" action="/logout">${hidden('csrf', csrf)}<button class="plain">Sign out</button></form>
    </div>
  </details>`

/**
 * What a page may load, and where its forms lead: here alone, and where the answer to a form may send the browser on to. Nothing in a
 * page runs or styles it: scripts and styles are files.
 */
const policy = (leadsTo: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...leadsTo].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** The origin of an address, as a policy names it; its scheme, for one that has no host; nothing, for what is no address. */
export function originOf(address: string): readonly string[] {
  const { origin, protocol } = URL.canParse(address) ? new URL(address) : { origin: '', protocol: '' }
  const source = origin === 'null' ? protocol : origin
  return /^[\w.:/+[\]-]+$/.test(source) ? [source] : []
}

export interface AnswerParts extends PageParts {
  readonly status?: number
  /** Origins or schemes of other sites to which the answer to a form may redirect. */
  readonly leadsTo?: readonly string[]
}

/** A page as an answer. What is unavailable may be asked for again in a second. */
export const show = ({ status = 200, leadsTo = [], ...parts }: AnswerParts): Response =>
  htmlResponse(frame(parts), status, {
    'content-security-policy': policy(leadsTo),
    ...(status === 503 && { 'retry-after': '1' }),
  })

export interface Notice extends Omit<PageParts, 'body'> {
  readonly status: number
  readonly text: string
}

/** Says that the database does not answer. */
export const OUTAGE = { status: 503, title: 'Not now', text: 'The database does not answer. Try again in a moment.' }

/** A page that says one thing. */
export const say = ({ text, ...parts }: Notice): Response =>
  show({
    ...parts,
    body: html`<div class="card narrow"><h1>${parts.title}</h1><p>${text}</p><p><a href="/">Back to Streamloop</a></p></div>`,
  })
