import { ALWAYS, type Chains, followChain, type Link, stepsOf } from '../chain.js'
import { NotedLink } from '../inspect.js'
import type { Kind, Records } from '../records.js'
import type { Slot } from './slot.js'

type Look = (kind: Kind, id: string) => Slot<Records[Kind]> | undefined

/** What hangs on accounts alone: those are read with every check of a token, and seldom change. */
const ON_ACCOUNTS: ReadonlySet<Kind> = new Set(['token', 'account', 'client'])

/** Makes what puts the chain of a record together, as it is now. `moves` says how often an account was changed. */
export function chains(look: Look, moves: () => number) {
  const made = (kind: Kind, record: Records[Kind]) => {
    const chain: { [role: string]: Link } = Object.assign({}, ALWAYS[kind])
    followChain(stepsOf(kind, record), (role, { kind, id }) => {
      const found = look(kind, id)
      if (found === undefined) {
        chain[role] = Object.freeze({ kind, id, version: 0, record: undefined })
        return undefined
      }
      const { version, record } = found
      chain[role] = Object.freeze(new NotedLink({ kind, id, version, record }, found))
      return stepsOf(kind, record)
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
