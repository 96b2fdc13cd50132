import { TokenloopError } from '../core/errors.js'
import type { Event } from '../core/event.js'
import type { TokenStore } from './store.js'

/** Whatever an adapter throws is `unavailable`. */
export function trusted(store: TokenStore, _tell: (event: Event) => void): TokenStore {
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      if (cause instanceof TokenloopError) throw cause
      throw new TokenloopError('unavailable', 'the store failed', { cause })
    }
  }
  return {
    capabilities: store.capabilities,
    get: (kind, id) => guard(() => store.get(kind, id)),
    getWith: (kind, id) => guard(() => store.getWith(kind, id)),
    find: (kind, unique) => guard(() => store.find(kind, unique)),
    write: (kind, id, expected, next, options) => guard(() => store.write(kind, id, expected, next, options)),
    list: (kind, filter, page) => guard(() => store.list(kind, filter, page)),
    insertOnce: (kind, key, value, expiresAt) => guard(() => store.insertOnce(kind, key, value, expiresAt)),
    takeOnce: (kind, key, claim) => guard(() => store.takeOnce(kind, key, claim)),
    touch: (uses) => guard(() => store.touch(uses)),
    spend: (kind, id, budgets) => guard(() => store.spend(kind, id, budgets)),
    changes: (cursor, limit) => guard(() => store.changes(cursor, limit)),
    sweep: (limit) => guard(() => store.sweep(limit)),
  }
}
