import { optionsOf } from '../core/options.js'
import { around, type Call, type Method } from '../store/around.js'
import type { TokenStore } from '../store/store.js'

/**
 * Where a call goes wrong.
 *
 * | point | what happens |
 * |---|---|
 * | `before` | it fails, and nothing has happened |
 * | `after` | it takes place, and its answer is lost |
 * | `serialization` | it fails as a database does that cannot order two transactions (SQLSTATE 40001); nothing has happened |
 * | `twice` | it is delivered twice, one after the other; the second answer arrives |
 */
export type FaultPoint = 'before' | 'after' | 'serialization' | 'twice'

/** Which calls go wrong, and how. */
export interface Fault {
  readonly point: FaultPoint
  /** The members that are concerned; all of them by default. */
  readonly method?: Method | readonly Method[]
  /** Only the nth such call, counted from 1 and anew whenever the fault is switched on; every one by default. */
  readonly nth?: number
  /** Only calls for which this holds. */
  readonly when?: (call: Call) => boolean
  /** What is thrown instead of an error of ours; anything at all. */
  readonly error?: unknown
}

const FAULT = optionsOf<Fault>('a fault', { point: true, method: true, nth: true, when: true, error: true })

/** A store that fails as planned. */
export interface FaultyStore<Name extends string> extends TokenStore {
  /** Switches faults on; without names, all of them. They are on at first. */
  on(...names: Name[]): void
  /** Switches faults off; without names, all of them. */
  off(...names: Name[]): void
  /** How often a fault has struck. */
  struck(name: Name): number
}

interface Armed extends Fault {
  isOn: boolean
  seen: number
  struck: number
}

/**
 * Makes a store fail at named points, to see what becomes of a request whose database failed it. Where several faults concern
 * a call, the first one strikes.
 *
 * @example
 * const store = faultyStore(memoryStore(), { lost: { point: 'after', method: 'write', nth: 1 } })
 * await tokens.rotate(id, { by })   // was written, and rejects with `unavailable`, or recovers
 * store.off('lost')
 */
export function faultyStore<Name extends string>(
  store: TokenStore,
  plan: { readonly [N in Name]: Fault },
): FaultyStore<Name> {
  const faults = new Map<string, Armed>()
  for (const [name, fault] of Object.entries<Fault>(plan)) {
    FAULT.check(fault)
    faults.set(name, { ...fault, isOn: true, seen: 0, struck: 0 })
  }
  const named = (names: readonly string[]) => (names.length === 0 ? [...faults.keys()] : names).map(fault)
  const fault = (name: string): Armed => {
    const found = faults.get(name)
    if (found === undefined) throw new TypeError(`the plan has no fault "${name}"`)
    return found
  }

  const faulty = around(store, async (call, run) => {
    const fault = [...faults.values()].filter((fault) => strikes(fault, call))[0]
    if (fault === undefined) return run()
    fault.struck++
    if (fault.point === 'twice' || fault.point === 'after') await run()
    if (fault.point === 'twice') return run()
    throw errorOf(fault)
  })

  return {
    ...faulty,
    on: (...names) => {
      for (const fault of named(names)) Object.assign(fault, { isOn: true, seen: 0 })
    },
    off: (...names) => {
      for (const fault of named(names)) fault.isOn = false
    },
    struck: (name) => fault(name).struck,
  }
}

/** Whether a fault strikes a call; one that waits for its nth call counts it. */
function strikes(fault: Armed, call: Call): boolean {
  const { isOn, method = call.method, nth, when } = fault
  if (!isOn || ![method].flat().includes(call.method) || when?.(call) === false) return false
  fault.seen++
  return nth === undefined || fault.seen === nth
}

function errorOf(fault: Fault): unknown {
  if ('error' in fault) return fault.error
  const error = new Error(`fault ${fault.point}`)
  return fault.point === 'serialization' ? Object.assign(error, { code: '40001' }) : error
}
