import { chains } from './chains.js'
import { feeds } from './feed.js'
import { lists } from './lists.js'
import { once } from './once.js'
import { races } from './races.js'
import { records } from './records.js'
import { sweeps } from './sweep.js'
import { texts } from './texts.js'
import { uses } from './uses.js'
import type { ContractCase } from './world.js'

export { ContractError } from './assert.js'
export type { ContractCase, MakeStore } from './world.js'

/**
 * What every store must keep, as plain data: it runs under any test runner. Each case rejects where the store fails it.
 *
 * A store whose time can be set gets the cases on time only if its clock is handed on; without one they are shortened to
 * what can be seen at once. Race cases show nothing on a store that answers at once: give it latency.
 *
 * @example
 * for (const { name, run } of storeContract) it(name, () => run(() => myStore()))
 *
 * @example
 * const clock = createClock()
 * for (const { name, run } of storeContract) it(name, () => run(() => myStore({ clock }), clock))
 */
export const storeContract: readonly ContractCase[] = [
  ...records,
  ...chains,
  ...lists,
  ...once,
  ...uses,
  ...feeds,
  ...sweeps,
  ...texts,
  ...races,
]
