import { type ErrorCode, TokenloopError } from '../core/errors.js'
import { type Event, safeListener } from '../core/event.js'
import { flag, json } from '../core/shape.js'
import { goesOn, isChanges, isOutcome, isPage, isSpentOf, isSwept } from './answers.js'
import { around, type Method } from './around.js'
import { CorruptRow, demand, inspector } from './inspect.js'
import type { ListKind, TokenStore } from './store.js'

/** The faults of a store, which an adapter knows better than anybody. */
export const STORE_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'store_corrupt',
  'schema_missing',
  'schema_incomplete',
  'schema_too_new',
])

/**
 * A store as every domain uses it: nothing of an adapter is taken on trust.
 *
 * - Whatever it throws or rejects with, and any answer that is not of the promised shape, is `unavailable`, and told as
 *   `store.failed`: never a success, never a denial. The error's `cause` is what the adapter threw.
 * - A record that is not what the library wrote is `store_corrupt`, and told as `store.corrupt` with its id. A list leaves it
 *   out, and tells.
 * - A `TokenloopError` that an adapter throws with one of these two codes, or with one that tells of its tables, is passed on as it
 *   is.
 */
export function trusted(store: TokenStore, tell: (event: Event) => void): TokenStore {
  const report = safeListener(tell)

  const reportRow = ({ kind, id }: CorruptRow) =>
    report({ type: 'store.corrupt', at: null, about: id, detail: { kind } })

  const fault = (method: Method, cause: unknown): unknown => {
    if (cause instanceof CorruptRow) {
      reportRow(cause)
      return new TokenloopError('store_corrupt', 'a stored record is not what was written')
    }
    const code = cause instanceof TokenloopError ? cause.code : undefined
    report({ type: code === 'store_corrupt' ? 'store.corrupt' : 'store.failed', at: null, detail: { method } })
    if (code !== undefined && STORE_FAULTS.has(code)) return cause
    return new TokenloopError('unavailable', 'the store failed', { cause })
  }

  const judges: Judges = {
    get: (read, kind, id) => inspector.read(kind, id, read),
    getWith: (read, kind, id) => inspector.readWith(kind, id, read),
    find: (found, kind, unique) => found === undefined || inspector.found(kind, unique, found),
    write: (outcome) => demand(isOutcome(outcome)),
    list: (page, _kind, _filter, { after }) => demand(isPage(page) && goesOn(after, page.next)),
    insertOnce: (isFirst) => demand(flag(isFirst)),
    takeOnce: (value) => demand(value === undefined || json(value)),
    touch: () => {},
    spend: (spent, _kind, _id, budgets) => demand(isSpentOf(spent, budgets)),
    changes: (changes) => demand(isChanges(changes)),
    sweep: (swept) => demand(isSwept(swept)),
  }

  const judged = around(store, async (call, run) => {
    try {
      const answer = await run()
      const judge = judges[call.method] as (answer: unknown, ...args: readonly unknown[]) => void
      judge(answer, ...call.args)
      return answer
    } catch (cause) {
      throw fault(call.method, cause)
    }
  })

  const isSound = (kind: ListKind, item: unknown): boolean => {
    try {
      inspector.item(kind, item)
      return true
    } catch (problem) {
      if (!(problem instanceof CorruptRow)) throw fault('list', problem)
      reportRow(problem)
      return false
    }
  }

  return {
    ...judged,
    // With every check of a token, and so without what the others are wrapped in.
    async getWith(kind, id, options) {
      try {
        const read = await store.getWith(kind, id, options)
        inspector.readWith(kind, id, read)
        return read
      } catch (cause) {
        throw fault('getWith', cause)
      }
    },
    async list(kind, filter, request) {
      const page = await judged.list(kind, filter, request)
      return { ...page, items: page.items.filter((item) => isSound(kind, item)) }
    },
  }
}

type Judges = {
  readonly [M in Method]: (answer: Awaited<ReturnType<TokenStore[M]>>, ...args: Parameters<TokenStore[M]>) => void
}
