import type { Capabilities, TokenStore } from '../store.js'
import { createBody } from './body.js'
import { checked } from './checked.js'
import type { Engine } from './engine.js'
import { settle } from './ground.js'
import { createNaming } from './naming.js'
import { changesOperation } from './operations/changes.js'
import { listOperation } from './operations/list.js'
import { insertOnceOperation, takeOnceOperation } from './operations/once.js'
import { findOperation, getOperation, getWithOperation } from './operations/read.js'
import { spendOperation } from './operations/spend.js'
import { sweepOperation } from './operations/sweep/index.js'
import { touchOperation } from './operations/touch.js'
import { writeOperation } from './operations/write/index.js'
import type { StoreOptions } from './options.js'

/** What a database of this kind keeps beyond the process, and for whom. */
type Kept = Pick<Capabilities, 'durable' | 'shared'>

/** The one body of all SQL stores: it knows the three dialects, and no driver. */
export function sqlStore(engine: Engine, { clock, ...names }: StoreOptions, kept: Kept = SERVER): TokenStore {
  const ground = { engine, naming: createNaming(engine.dialect, names) }
  const body = createBody(checked(ground), ground.naming, clock)
  const store = {
    capabilities: Object.freeze({ linearizable: true, ...kept }),
    ...getOperation(body),
    ...getWithOperation(body),
    ...findOperation(body),
    ...writeOperation(body),
    ...listOperation(body),
    ...insertOnceOperation(body),
    ...takeOnceOperation(body),
    ...touchOperation(body),
    ...spendOperation(body),
    ...changesOperation(body),
    ...sweepOperation(body),
  }
  return settle(store, ground)
}

const SERVER: Kept = { durable: true, shared: true }
