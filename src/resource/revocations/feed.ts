import { type EventListener, safeListener } from '../../core/event.js'
import { checkPart, optionsOf } from '../../core/options.js'
import type { TokenStore } from '../../store/store.js'
import { trusted } from '../../store/trust.js'

export interface RevocationFeedOptions {
  readonly store: TokenStore
  /** Whether who asks may know ids of users and clients, and what became of them. What it throws is a 503. */
  readonly allow: (request: Request) => boolean | Promise<boolean>
  /** Told about faults of the store. */
  readonly onEvent?: EventListener
}

const OPTIONS = optionsOf<RevocationFeedOptions>('revocationFeed', { store: true, allow: true, onEvent: true })
const MOST = 1000

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
      const { searchParams } = new URL(request.url)
      const [after, limit] = [numberIn(searchParams, 'after'), numberIn(searchParams, 'limit')]
      if (after === undefined || limit === undefined || limit < 1) return answer(400, { error: 'invalid_request' })
      return answer(200, await store.changes(after, Math.min(limit, MOST)))
    } catch {
      return answer(503, { error: 'temporarily_unavailable' }, { 'retry-after': '1' })
    }
  }
}

function numberIn(parameters: URLSearchParams, name: string): number | undefined {
  const [text, ...more] = parameters.getAll(name)
  const value = text !== undefined && more.length === 0 && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
