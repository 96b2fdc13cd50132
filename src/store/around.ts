import type { TokenStore } from './store.js'

/** The members that ask a store for something. */
export type Method = Exclude<keyof TokenStore, 'capabilities'>

/** A call of a member, as a wrapper sees it. */
export interface Call {
  readonly method: Method
  readonly args: readonly unknown[]
}

/** Does something around every call; `run` passes it on, as often as it is called. */
export type Around = <T>(call: Call, run: () => Promise<T>) => Promise<T>

/** A store whose every call goes through `wrap`. */
export function around(store: TokenStore, wrap: Around): TokenStore {
  return {
    capabilities: store.capabilities,
    get: (...args) => wrap({ method: 'get', args }, () => store.get(...args)),
    getWith: (...args) => wrap({ method: 'getWith', args }, () => store.getWith(...args)),
    find: (...args) => wrap({ method: 'find', args }, () => store.find(...args)),
    write: (...args) => wrap({ method: 'write', args }, () => store.write(...args)),
    list: (...args) => wrap({ method: 'list', args }, () => store.list(...args)),
    insertOnce: (...args) => wrap({ method: 'insertOnce', args }, () => store.insertOnce(...args)),
    takeOnce: (...args) => wrap({ method: 'takeOnce', args }, () => store.takeOnce(...args)),
    touch: (...args) => wrap({ method: 'touch', args }, () => store.touch(...args)),
    spend: (...args) => wrap({ method: 'spend', args }, () => store.spend(...args)),
    changes: (...args) => wrap({ method: 'changes', args }, () => store.changes(...args)),
    sweep: (...args) => wrap({ method: 'sweep', args }, () => store.sweep(...args)),
  }
}
