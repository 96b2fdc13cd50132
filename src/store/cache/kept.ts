import { followChain, type Link, stepsOf } from '../chain.js'
import { inspector, NotedRead } from '../inspect.js'
import { frozenCopy } from '../memory/copy.js'
import type { Kind, Records } from '../records.js'
import type { ReadWith } from '../store.js'

/** What the cache knows a record by. No kind has a colon, so that no two records have one name, whatever is in their ids. */
export const nameOf = (kind: Kind, id: string): string => `${kind}:${id}`

/** An answer that may be given again. */
export interface Kept {
  /** Nobody can change it, at any depth. */
  readonly answer: ReadWith<Kind>
  /** What the answer depends on: the record, and all that it hangs on, also what was missing. */
  readonly names: readonly string[]
  /** When the store's clock shows this, the record says something else, or may be gone. */
  readonly until: number
}

/** When a record comes to mean something else without being written: a beginning, an expiry, the end of an overlap. */
const MOMENTS: { readonly [K in Kind]: (record: Records[K]) => readonly (number | null | undefined)[] } = {
  token: ({ notBefore, expiresAt, predecessor }) => [notBefore, expiresAt, predecessor?.endsAt],
  account: () => [],
  client: ({ secrets }) => secrets.map(({ expiresAt }) => expiresAt),
  grant: () => [],
  authorization: ({ idleExpiresAt, expiresAt, code }) => [idleExpiresAt, expiresAt, code?.expiresAt],
  access: ({ expiresAt }) => [expiresAt],
  key: ({ activeAt, retiresAt }) => [activeAt, retiresAt],
}

/** What is to be kept of an answer; `undefined` for one that is not what the library wrote, which is never kept. */
export function keep(kind: Kind, id: string, read: ReadWith<Kind>): Kept | undefined {
  try {
    const answer = Object.freeze(new NotedRead(frozenCopy(read), { sound: undefined, soundChain: undefined }))
    inspector.readWith(kind, id, answer)
    const { record, chain, now } = answer
    const names = [nameOf(kind, id)]
    if (record === undefined) return { answer, names, until: Infinity }
    let until = changesAt(kind, record, now)
    followChain(stepsOf(kind, record), (role, step) => {
      const link = (chain as { readonly [role: string]: Link })[role]
      names.push(nameOf(step.kind, step.id))
      if (link?.record === undefined) return undefined
      until = Math.min(until, changesAt(link.kind, link.record, now))
      return stepsOf(link.kind, link.record)
    })
    return { answer, names, until }
  } catch {
    return undefined
  }
}

/** When a record next changes by itself, or may be swept. */
function changesAt<K extends Kind>(kind: K, record: Records[K], now: number): number {
  const coming = MOMENTS[kind](record).filter((moment) => typeof moment === 'number' && moment > now)
  // A sweep never removes an account.
  const gone = kind === 'account' ? null : record.keepUntil
  return Math.min(...(coming as number[]), gone ?? Infinity)
}
