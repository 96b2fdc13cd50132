import { type EventListener, safeListener } from '../../core/event.js'
import { checkPart, optionsOf } from '../../core/options.js'
import { feedPage } from '../../store/feed-page.js'
import type { TokenStore } from '../../store/store.js'
import { trusted } from '../../store/trust.js'

/** The options of `revocationFeed`. */
export interface RevocationFeedOptions {
  /** The store of the authorization server. */
  readonly store: TokenStore
  /** Whether who asks may know ids of users and clients, and what became of them. What it throws is a 503. */
  readonly allow: (request: Request) => boolean | Promise<boolean>
  /** Told about faults of the store. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<RevocationFeedOptions>('revocationFeed', { store: true, allow: true, onEvent: true })

/**
 * Serves the revocation feed of a store to resource servers elsewhere, which follow it by `followRevocations({ url })`: `GET` with
 * `after`, the number of the last entry that is known, and `limit`. Answers 400, 403, 405 and 503. Throws `invalid_option`.
 *
 * @example
 * const feed = revocationFeed({ store, allow: async (request) => (await guard.check(request, 'revocations:read')).ok })
 */
export function revocationFeed(options: RevocationFeedOptions): (request: Request) => Promise<Response> {
  OPTIONS.check(options)
  const { allow } = checkPart('options', options, 'allow')
  const store = trusted(checkPart('store', options.store, 'changes'), safeListener(options.onEvent))
  return async (request) => {
    try {
      if (request.method !== 'GET') return answer(405, { error: 'invalid_request' }, { allow: 'GET' })
      if ((await allow(request)) !== true) return answer(403, { error: 'access_denied' })
      const page = await feedPage(store, request.url)
      return page === undefined ? answer(400, { error: 'invalid_request' }) : answer(200, page)
    } catch {
      return answer(503, { error: 'temporarily_unavailable' }, { 'retry-after': '1' })
    }
  }
}

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
