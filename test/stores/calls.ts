import type { TokenStore } from 'tokenloop'
import { EFFECT, SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { ended } from './ended.js'

const LATER = SAMPLES.token.createdAt
const budget = { name: 'n', limit: 5, every: null, refill: 5, cost: 1 }

/** A call of every member of a store, and of a write in each of its ways. */
export const CALLS: Readonly<Record<string, (store: TokenStore, id: string) => Promise<unknown>>> = {
  get: (store, id) => store.get('token', id),
  getWith: (store, id) => store.getWith('access', id),
  find: (store, id) => store.find('grant', id),
  'write with all that goes with it': (store, id) =>
    store.write('token', id, 0, SAMPLES.token, {
      onlyIf: [{ kind: 'account', id: `user:${id}`, version: 0 }],
      event: { ...SAMPLE_EVENT, id },
      change: EFFECT,
    }),
  'write of a removal': (store, id) => store.write('token', id, 1, null),
  list: (store) => store.list('token', {}, { limit: 5 }),
  insertOnce: (store, id) => store.insertOnce('jti', id, null, LATER),
  takeOnce: (store, id) => store.takeOnce('jti', id, 'claim'),
  touch: (store, id) => store.touch([{ kind: 'token', id, at: 1, count: 1, ip: null }]),
  spend: (store, id) => store.spend('token', id, [budget]),
  changes: (store) => store.changes(0, 10),
  sweep: (store) => store.sweep(10),
}

/** How all calls ended that were made at once. */
export const callAll = (store: TokenStore, id: string) =>
  Promise.all(Object.values(CALLS).map((call) => ended(call(store, id))))

/** What each call says of a store that fails. */
export const UNAVAILABLE = Object.keys(CALLS).map(() => 'unavailable')
