import { TokenloopError } from '../core/errors.js'
import { system } from '../core/subject.js'
import type { KeyContext } from './key-context.js'
import { announceSuccessor, demandLine, type Line, take } from './key-line.js'
import { type Imported, importKeys, NOTHING_IMPORTED, type View, viewAt } from './key-view.js'
import { lastOf, needsSuccessor, stagesAt, stepsDue } from './stage.js'

/** What this process knows of the keys, and how it comes to know it. */
export interface KeyCache {
  /** The keys, if what was read of them can be relied on still. Where it grows old it is read again, and nobody waits for that. */
  atHand(): View | undefined
  /** The keys, read if need be. Rejects with `unavailable`. */
  demand(): Promise<View>
  /** Reads the store, together with others that ask at the same time; soon after a failure it fails at once. */
  read(): Promise<void>
  /** Reads the store whatever was before, and waits until all that is due has been written. */
  settle(): Promise<Line>
  /** Milliseconds since the store was asked; `undefined` before the first answer. */
  age(): number | undefined
  /** The store's time, as far as it is known here. */
  now(): number
  /** Moves whenever a key is gone that was there, and with each look while the keys cannot be relied on. */
  revision(): number
}

/** What was read of the store. */
interface State {
  readonly line: Line
  readonly imported: Imported
  readonly age: () => number
  /** Which read it was, counted as they began. */
  readonly turn: number
  readonly view: View
}

/** Of `outage`: the age at which the keys are read again while those at hand still serve. */
const REFRESH_AFTER = 1 / 5
/** Milliseconds after a failed read before the next one is tried. */
const RETRY_AFTER = 1000
/** Milliseconds after which a read that has not been answered is no longer joined by those who come. */
const HUNG_AFTER = 10_000
/** What can be due one after the other: a successor, its time, and the stages of those before it. */
const MOST_ROUNDS = 4

export function createKeyCache(context: KeyContext): KeyCache {
  const { outage, stopwatch, terms } = context
  let state: State | undefined
  let revision = 0
  let turns = 0
  let reading: { readonly done: Promise<void>; readonly age: () => number } | undefined
  let failed: { readonly error: unknown; readonly age: () => number } | undefined
  let upkeep: Promise<void> | undefined

  const install = (next: State) => {
    const before = state?.view.usable.keys() ?? []
    if ([...before].some((kid) => !next.view.usable.has(kid))) revision++
    state = next
  }

  const readStore = async () => {
    const age = stopwatch()
    const turn = ++turns
    const line = await demandLine(context)
    const imported = await importKeys(context, line, state?.imported ?? NOTHING_IMPORTED)
    // Of reads that overlap, the one that began last knows most.
    if (state === undefined || turn > state.turn) {
      install({ line, imported, age, turn, view: viewAt(context, line.rows, imported, line.now) })
    }
    failed = undefined
  }

  const read = (): Promise<void> => {
    if (reading !== undefined && reading.age() < HUNG_AFTER) return reading.done
    const sinceFailure = failed?.age() ?? RETRY_AFTER
    if (sinceFailure >= 0 && sinceFailure < RETRY_AFTER) return Promise.reject(failed?.error)
    return begin()
  }

  const begin = (): Promise<void> => {
    const age = stopwatch()
    const done = readStore()
      .catch((error: unknown) => {
        failed = { error, age: stopwatch() }
        throw error
      })
      .finally(() => {
        if (reading?.age === age) reading = undefined
      })
    reading = { done, age }
    // Nobody waits for what is due; where it fails it is told, and done after the next read.
    done.then(keepUp).catch(() => {})
    return done
  }

  const keepUp = (): Promise<void> => {
    upkeep ??= writeWhatIsDue().finally(() => {
      upkeep = undefined
    })
    return upkeep
  }

  const writeWhatIsDue = async () => {
    for (let round = 0; round < MOST_ROUNDS && state !== undefined; round++) {
      const { line, view } = state
      const keys = stagesAt(line.rows, line.now, terms)
      const steps = stepsDue(keys, line.now, terms)
      const isDue = view.active !== undefined && needsSuccessor(keys, line.now, terms)
      if (steps.length === 0 && !isDue) return
      for (const step of steps) await take(context, step, line.now)
      if (isDue) await announceSuccessor(context, lastOf(keys).row, line.now, system)
      await readStore()
    }
  }

  const atHand = (): View | undefined => {
    if (state === undefined) return undefined
    const age = state.age()
    // A clock that was set back says nothing of how old they are.
    if (age < 0 || age > outage) return undefined
    if (age > outage * REFRESH_AFTER) read().catch(() => {})
    const now = state.line.now + age
    if (now >= state.view.until) install({ ...state, view: viewAt(context, state.line.rows, state.imported, now) })
    return state.view
  }

  return {
    atHand,
    async demand() {
      const view = atHand()
      if (view !== undefined) return view
      await read()
      const fresh = atHand()
      if (fresh === undefined) throw new TokenloopError('unavailable', 'the signing keys cannot be had')
      return fresh
    },
    read,
    async settle() {
      // A read that is under way may have begun before what was written last.
      await begin()
      await keepUp()
      return (state as State).line
    },
    age: () => state?.age(),
    now: () => (state === undefined ? Date.now() : state.line.now + state.age()),
    revision: () => (atHand() === undefined ? ++revision : revision),
  }
}
