import type { Event } from '../core/event.js'
import type { TokenStore } from '../store/store.js'
import { createUseBuffer, type UseOptions } from '../store/use.js'

/** Gathers when connected apps were last used, and writes it in batches: no check waits for it. */
export interface GathersUse {
  /** Writes what has been gathered until now. Rejects with `unavailable`; nothing is lost then. */
  flush(): Promise<void>
  /** Flushes, and gathers no more. For the host's own shutdown. Rejects with `unavailable`, after 5 seconds at the latest. */
  close(): Promise<void>
}

export function grantUse(store: TokenStore, options: UseOptions = {}, tell: (event: Event) => void) {
  const dropped = (tokens: number) => tell({ type: 'use.dropped', at: null, detail: { tokens } })
  const { add, flush, close } = createUseBuffer(store, options, dropped)
  const used = (grant: string | null, at: number, ip: string | undefined): void => {
    if (grant !== null) add('grant', grant, at, ip)
  }
  return { used, flush, close }
}
