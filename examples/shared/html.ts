import { htmlEscape } from 'escape-goat'

/** Markup that is safe to send. Only the tag `html` makes it, so text can never pass for it. */
export class Html {
  readonly #markup: string

  private constructor(markup: string) {
    this.#markup = markup
  }

  static tag(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
    return new Html(String.raw({ raw: strings }, ...parts.map(Html.#render)))
  }

  static #render(part: Part): string {
    if (part instanceof Html) return part.#markup
    if (typeof part === 'string' || typeof part === 'number') return htmlEscape(String(part))
    return part ? part.map(Html.#render).join('') : ''
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, and nothing stays nothing. */
export type Part = Html | string | number | false | undefined | readonly Part[]

/**
 * Markup from a template. Whatever stands in `${…}` is escaped, unless it is markup itself; in an attribute, quotes go around it.
 *
 * @example
 * html`<li title="${token.name}">${token.name}</li>`
 */
export const html = Html.tag

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** A page as an answer: nobody frames it, nobody caches it, and no script runs in it, unless `headers` say otherwise. */
export const htmlResponse = (page: Html, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(String(page), { status, headers: { ...HEADERS, ...headers } })

/** Sends the browser on with a GET, after a form or to another page. */
export const redirect = (location: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store', ...headers } })
