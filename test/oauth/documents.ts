import type { Fetch } from '../../src/core/fetch-bytes.js'
import { CALLBACK } from './support.js'

export const DOCUMENT = 'https://client.example/oauth/metadata.json'

/** What a document says at the least, and whatever else a test needs of it. */
export const documentOf = (id = DOCUMENT, more: object = {}) => ({
  client_id: id,
  client_name: 'Example client',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  ...more,
})

/** An answer of a web server. */
export interface Served {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON; a text is sent as it is. */
  readonly body?: unknown
}

/** A web on which there are documents, and which counts how often each is asked for. */
export function web(pages: Readonly<Record<string, Served | (() => Served | Promise<Served>)>>) {
  const asked: string[] = []
  const fetch: Fetch = async (url, { signal } = {}) => {
    asked.push(url)
    const page = pages[url]
    if (page === undefined) throw new Error('no such host')
    const { status = 200, headers, body = '' } = typeof page === 'function' ? await page() : page
    signal?.throwIfAborted()
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const isEmpty = status === 204
    return new Response(isEmpty ? null : text, {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  return { fetch, asked }
}
