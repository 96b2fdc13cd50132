import type { Came } from './report.js'

/** What came back to a browser; a redirect is not followed by itself. */
export interface Page extends Came {
  readonly location: string | null
}

/** A person's browser, as far as this product needs one: it keeps a cookie, and fills in forms. */
export class Browser {
  readonly #origin: string
  #cookie = ''

  constructor(origin: string) {
    this.#origin = origin
  }

  get(path: string): Promise<Page> {
    return this.#send(path)
  }

  /** Sends the form that a page shows, with what the page put into it and what the person did. */
  async submit(page: Page, action: string, fields: readonly (readonly [string, string])[]): Promise<Page> {
    const hidden = [...page.text.matchAll(/type="hidden" name="(csrf|handle)" value="([^"]*)"/g)]
    const body = new URLSearchParams()
    for (const [, name = '', value = ''] of hidden) body.set(name, value)
    for (const [name, value] of fields) body.append(name, value)
    return this.#send(action, body)
  }

  async #send(path: string, body?: URLSearchParams): Promise<Page> {
    const response = await fetch(new URL(path, this.#origin), {
      headers: { cookie: this.#cookie },
      redirect: 'manual',
      ...(body && { method: 'POST', body }),
    })
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    return { status: response.status, text: await response.text(), location: response.headers.get('location') }
  }
}
