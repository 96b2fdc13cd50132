import { LATE, withDeadline } from '../core/deadline.js'
import { TokenloopError } from '../core/errors.js'
import { canonicalAddress } from '../core/network.js'
import { optionsOf } from '../core/options.js'
import { type Duration, delay } from '../core/time.js'
import type { Kind } from './records.js'
import type { TokenStore, Use, UseOf } from './store.js'

/** How use is gathered before it is written. */
export interface UseOptions {
  /** How often it is written; 10 seconds by default. A crash loses at most this much of it. */
  readonly flushEvery?: Duration
  /** How many records are kept in mind at once; 10,000 by default. Beyond it, the tenth that was used longest ago is dropped. */
  readonly most?: number
}

const OPTIONS = optionsOf<UseOptions>('use', { flushEvery: true, most: true })

/** Gathers use, one entry a record, and writes it in batches. Neither a check nor the process waits for it. */
export interface UseBuffer {
  /** `ip` is as the request gave it: what is no address is kept as `null`. */
  add(kind: Kind, id: string, at: number, ip: unknown): void
  /** Use that has been stored, with that which is still to be written. */
  upToDate(kind: Kind, id: string, stored: Use | null): Use | null
  /** Work to be done with the next flush, once for each key, one after another; it may fail, and is then forgotten. */
  later(key: string, work: () => Promise<unknown>): void
  /** Writes what has been gathered until now. Rejects with `unavailable` when the store fails; nothing is lost then. */
  flush(): Promise<void>
  /** Flushes, and gathers no more. Rejects with `unavailable` too where the store does not answer in time. */
  close(): Promise<void>
}

const BATCH = 500
/** Milliseconds for the last flush: a store that does not answer must not keep a process from ending. */
const CLOSE_WITHIN = 5000
/** No address is longer; whether it is one is looked at when it is written, which is once for many uses. */
const LONGEST_IP = 45

/** The use of a record since the last flush. */
type Gathered = { -readonly [Member in keyof UseOf]: UseOf[Member] }

export function createUseBuffer(store: TokenStore, options: UseOptions, dropped: (records: number) => void): UseBuffer {
  OPTIONS.check(options)
  const flushEvery = delay(options.flushEvery ?? '10s', 'use.flushEvery')
  const most = options.most ?? 10_000
  if (!Number.isSafeInteger(most) || most < 1) throw new TokenloopError('invalid_option', 'use.most is above 0')
  /** By kind and id: a key of both would be made anew for every call. */
  const uses = new Map<Kind, Map<string, Gathered>>()
  let held = 0
  const chores = new Map<string, () => Promise<unknown>>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let flushing: Promise<void> | undefined
  let closed = false

  const usesOf = (kind: Kind): Map<string, Gathered> => {
    const known = uses.get(kind)
    if (known !== undefined) return known
    const made = new Map<string, Gathered>()
    uses.set(kind, made)
    return made
  }
  const all = (): Gathered[] => [...uses.values()].flatMap((ofKind) => [...ofKind.values()])

  const keep = (kind: Kind, id: string, at: number, count: number, ip: string | null) => {
    const ofKind = usesOf(kind)
    const known = ofKind.get(id)
    if (known === undefined) {
      if (held === most) makeRoom()
      held++
      ofKind.set(id, { kind, id, at, count, ip })
      return
    }
    // In place: what is made anew for every call outlives it, and is the dearest to collect.
    known.count += count
    if (at < known.at) return
    known.at = at
    known.ip = ip
  }

  /** A tenth at a time, so that a flood of them does not sort them all for each. */
  const makeRoom = () => {
    const leaving = all()
      .sort((a, b) => a.at - b.at)
      .slice(0, Math.ceil(most / 10))
    for (const { kind, id } of leaving) usesOf(kind).delete(id)
    held -= leaving.length
    dropped(leaving.length)
  }

  const takeAll = (): Gathered[] => {
    const taken = all()
    uses.clear()
    held = 0
    return taken
  }

  const schedule = () => {
    if (timer !== undefined || closed) return
    timer = setTimeout(() => {
      timer = undefined
      flush().catch(() => {})
    }, flushEvery)
    // A buffer is no reason for a process to go on.
    if (typeof timer === 'object') timer.unref?.()
  }

  const writeOut = async () => {
    // What comes in meanwhile waits for the next flush: what is in constant use is written once each time.
    const gathered = takeAll()
    try {
      for (; gathered.length > 0; gathered.splice(0, BATCH)) await store.touch(gathered.slice(0, BATCH).map(storable))
    } catch (error) {
      const newer = takeAll()
      for (const { kind, id, at, count, ip } of [...gathered, ...newer]) keep(kind, id, at, count, ip)
      schedule()
      throw error
    }
    const work = [...chores.values()]
    chores.clear()
    for (const chore of work) await chore().catch(() => {})
  }

  const flush = async (): Promise<void> => {
    while (flushing !== undefined) await flushing.catch(() => {})
    flushing = writeOut()
    try {
      await flushing
    } finally {
      flushing = undefined
    }
  }

  return {
    add(kind, id, at, ip) {
      if (closed) return
      keep(kind, id, at, 1, typeof ip === 'string' && ip.length <= LONGEST_IP ? ip : null)
      schedule()
    },
    upToDate(kind, id, stored) {
      const pending = uses.get(kind)?.get(id)
      if (pending === undefined) return stored
      const { at, ip } = stored !== null && stored.at > pending.at ? stored : storable(pending)
      return { at, count: pending.count + (stored?.count ?? 0), ip }
    },
    later(key, work) {
      if (closed || chores.size >= most) return
      chores.set(key, work)
      schedule()
    },
    flush,
    async close() {
      closed = true
      clearTimeout(timer)
      if ((await withDeadline(flush, CLOSE_WITHIN)) === LATE)
        throw new TokenloopError('unavailable', 'the store took too long')
    },
  }
}

const storable = (use: Gathered): UseOf => ({ ...use, ip: canonicalAddress(use.ip) })
