import { TokenloopError } from '../core/errors.js'
import { type Duration, duration } from '../core/time.js'
import type { TokenStore, UseOf } from '../store/store.js'

/** How use is gathered before it is written. */
export interface UseOptions {
  /** How often it is written; 10 seconds by default. A crash loses at most this much of it. */
  readonly flushEvery?: Duration
  /** How many tokens are kept in mind at once; 10,000 by default. Beyond it, the one that was used longest ago is dropped. */
  readonly most?: number
}

/** Gathers use, one entry a token, and writes it in batches. Neither verify nor the process waits for it. */
export interface UseBuffer {
  add(id: string, at: number, ip: string | null): void
  /** Work to be done with the next flush, once for each key; it may fail, and is then forgotten. */
  later(key: string, work: () => Promise<unknown>): void
  /** Writes what has been gathered. Rejects with `unavailable` when the store fails; nothing is lost then. */
  flush(): Promise<void>
  /** Flushes, and gathers no more. */
  close(): Promise<void>
}

const BATCH = 500

export function createUseBuffer(store: TokenStore, options: UseOptions, dropped: (tokens: number) => void): UseBuffer {
  const flushEvery = duration(options.flushEvery ?? '10s', 'use.flushEvery')
  const most = options.most ?? 10_000
  if (!Number.isSafeInteger(most) || most < 1 || flushEvery < 1) {
    throw new TokenloopError('invalid_option', 'use.most and use.flushEvery are above 0')
  }
  const uses = new Map<string, UseOf>()
  const chores = new Map<string, () => Promise<unknown>>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let flushing: Promise<void> | undefined
  let closed = false

  const keep = (use: UseOf) => {
    const before = uses.get(use.id)
    uses.delete(use.id)
    uses.set(use.id, before === undefined ? use : merge(before, use))
    if (uses.size <= most) return
    for (const oldest of uses.keys()) {
      uses.delete(oldest)
      break
    }
    dropped(1)
  }

  const schedule = () => {
    if (timer !== undefined || closed) return
    timer = setTimeout(() => {
      timer = undefined
      flush().catch(schedule)
    }, flushEvery)
    // A buffer is no reason for a process to go on.
    if (typeof timer === 'object') timer.unref?.()
  }

  const writeOut = async () => {
    const work = [...chores.values()]
    chores.clear()
    await Promise.allSettled(work.map((chore) => chore()))
    while (uses.size > 0) {
      const batch = [...uses.values()].slice(0, BATCH)
      for (const { id } of batch) uses.delete(id)
      try {
        await store.touch(batch)
      } catch (error) {
        for (const use of batch) keep(use)
        throw error
      }
    }
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
    add(id, at, ip) {
      if (closed) return
      keep({ kind: 'token', id, at, count: 1, ip })
      schedule()
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
      await flush()
    },
  }
}

const merge = (a: UseOf, b: UseOf): UseOf => {
  const newer = b.at >= a.at ? b : a
  return { ...newer, count: a.count + b.count }
}
