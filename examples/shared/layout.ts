import { readFileSync } from 'node:fs'
import { type Html, html, htmlResponse, type Part } from './html.js'
import { routes } from './routes.js'
import type { Session } from './sessions.js'

export interface PageParts {
  /** The product's name. */
  readonly product: string
  readonly title: string
  /** Whoever is signed in, if anybody is. */
  readonly session?: Session | undefined
  readonly body: Part
}

/** The frame of every page. */
export const page = ({ product, title, session, body }: PageParts): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · ${product}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <header>
      <a class="brand" href="/">${product}</a>
      ${session && signOut(session)}
    </header>
    <main>
      ${body}
    </main>
  </body>
</html>
`

const signOut = ({ user, csrf }: Session) => html`
  <form method="post" action="/logout" class="inline">
    ${hidden('csrf', csrf)}
    <span>${user}</span>
    <button class="quiet">Sign out</button>
  </form>`

export const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`

/** A page that says one thing. */
export const notice = (parts: Omit<PageParts, 'body'> & { readonly text: string; readonly status: number }): Response =>
  htmlResponse(page({ ...parts, body: html`<h1>${parts.title}</h1><p>${parts.text}</p>` }), parts.status)

const STYLE = readFileSync(new URL('./style.css', import.meta.url), 'utf8')
const STYLE_HEADERS = { 'content-type': 'text/css; charset=utf-8', 'x-content-type-options': 'nosniff' }

/** The one file that pages refer to. */
export const style = routes({ 'GET /style.css': () => new Response(STYLE, { headers: STYLE_HEADERS }) })
