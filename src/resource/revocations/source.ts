import { type Fetch, fetchBytes } from '../../core/fetch-bytes.js'
import { parseJson } from '../../core/parse-json.js'
import { isChanges } from '../../store/answers.js'
import type { Changes, TokenStore } from '../../store/store.js'

/** Where the feed is read from. Rejects where it cannot be had, or is not to be believed. */
export type Source = (cursor: number, limit: number) => Promise<Changes>

const MOST_BYTES = 4 * 1024 * 1024

/** From the feed of an authorization server, as `revocationFeed` serves it. */
export function urlSource(url: URL, fetch: Fetch, headers: HeadersOf, timeout: number): Source {
  return async (cursor, limit) => {
    const address = new URL(url)
    address.searchParams.set('after', String(cursor))
    address.searchParams.set('limit', String(limit))
    const init = { headers: { ...(await headers()), accept: 'application/json', 'cache-control': 'no-cache' } }
    const bytes = await fetchBytes(fetch, address.href, init, { timeout, bytes: MOST_BYTES })
    const page = typeof bytes === 'string' ? undefined : parseJson(bytes)
    return believed(page, cursor, limit)
  }
}

/** What a request for the feed is sent with, to say who asks. */
export type HeadersOf = () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>

export const storeSource =
  (store: TokenStore): Source =>
  async (cursor, limit) =>
    believed(await store.changes(cursor, limit), cursor, limit)

/** A page that goes on from the cursor, in order and to an end: any other could be followed for ever, or hide what it leaves out. */
function believed(page: unknown, cursor: number, limit: number): Changes {
  if (!isChanges(page)) throw new TypeError('not a page of the feed')
  const { changes, reset } = page
  if (reset && changes.length === 0) return page
  let last = cursor
  for (const { number } of changes) {
    if (number <= last) throw new RangeError('the feed goes back')
    last = number
  }
  if (reset || changes.length > limit || page.cursor < last || (changes.length === 0 && page.cursor !== cursor)) {
    throw new RangeError('the feed skips')
  }
  return page
}
