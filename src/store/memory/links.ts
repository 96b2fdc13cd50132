import { ALWAYS, type Chains, followChain, HANGS_ON, type Link, type Step } from '../chain.js'
import type { Kind, Records } from '../records.js'
import type { Slot } from './slot.js'

type Look = (kind: Kind, id: string) => Slot<Records[Kind]> | undefined

/** What hangs on accounts alone: those are read with every check of a token, and seldom change. */
const ON_ACCOUNTS: ReadonlySet<Kind> = new Set(['token', 'account', 'client'])

const stepsOf = <K extends Kind>(kind: K, record: Records[K]): readonly Step[] => HANGS_ON[kind](record)

/** Makes what puts the chain of a record together, as it is now. `moves` says how often an account was changed. */
export function chains(look: Look, moves: () => number) {
  const made = (kind: Kind, record: Records[Kind]) => {
    const chain: { [role: string]: Link } = kind in ALWAYS ? { ...ALWAYS[kind] } : {}
    followChain(stepsOf(kind, record), (role, { kind, id }) => {
      const found = look(kind, id)
      const { version, record } = found ?? { version: 0, record: undefined }
      chain[role] = Object.freeze({ kind, id, version, record })
      return found && stepsOf(kind, found.record)
    })
    return Object.freeze(chain)
  }

  return <K extends Kind>(kind: K, slot: Slot<Records[K]>): Chains[K] => {
    if (!ON_ACCOUNTS.has(kind)) return made(kind, slot.record) as Chains[K]
    if (slot.chain === undefined || slot.chainAt !== moves()) {
      slot.chain = made(kind, slot.record)
      slot.chainAt = moves()
    }
    return slot.chain as Chains[K]
  }
}
