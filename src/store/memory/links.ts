import { ALWAYS, type Chains, followChain, HANGS_ON, type Link, type Step } from '../chain.js'
import type { Kind, Records } from '../records.js'
import type { Slot } from './slot.js'

/** A record as it is kept. */
type Found = Pick<Slot<Records[Kind]>, 'version' | 'record' | 'steps'>

export type Look = (kind: Kind, id: string) => Found | undefined

/** What a record of a kind hangs on directly. */
export const stepsOf = <K extends Kind>(kind: K, record: Records[K]): readonly Step[] => HANGS_ON[kind](record)

/** The whole chain of a record, as it is now. */
export function chainOf<K extends Kind>(kind: K, steps: readonly Step[], look: Look): Chains[K] {
  const chain: { [role: string]: Link } = kind in ALWAYS ? { ...ALWAYS[kind] } : {}
  followChain(steps, (role, { kind, id }) => {
    const found = look(kind, id)
    chain[role] =
      found === undefined
        ? { kind, id, version: 0, record: undefined }
        : { kind, id, version: found.version, record: found.record }
    return found?.steps
  })
  return chain as Chains[K]
}
