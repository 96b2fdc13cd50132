import { setTimeout } from 'node:timers/promises'
import { defineCatalogue } from '../../../src/core/catalogue.js'
import { followRevocations, type Revocations } from '../../../src/resource/revocations/follow.js'
import type { Issued } from '../../../src/resource/revocations/known.js'
import { cached } from '../../../src/store/cache/cached.js'
import { sqlStore } from '../../../src/store/sql/store.js'
import { createTokens } from '../../../src/tokens/tokens.js'
import { type Address, type Opened, open } from '../engines.js'

/** A process of an API: API tokens behind a cache, and access tokens by the revocation feed. */
interface Node {
  readonly opened: Opened
  readonly checks: readonly Check[]
  readonly revocations: Revocations
}

/** `unavailable` where a machine that is slow did not come to an answer within the bound: it says nothing of a revocation. */
export type Outcome = 'accepted' | 'refused' | 'unavailable'
type Check = (credentials: Credentials) => Promise<Outcome>

/** What one user has. */
export interface Credentials {
  readonly secret: string
  readonly token: Issued
}

/** When checks began, in milliseconds since 1970: the last one that accepted, and the first one after it. */
export interface Felt {
  readonly accepted: number
  readonly refused: number
}

const catalogue = defineCatalogue({ 'issues:read': { description: 'Read issues' } })
/** Milliseconds between two checks. */
const PACE = 2
let node: Node | undefined

const outcomeOf = (reason: string): Outcome => (reason === 'unavailable' ? reason : 'refused')

const checks = () => {
  if (node === undefined) throw new Error('the node has not been started')
  return node.checks
}

/** Checks until it is refused. */
async function felt(check: Check, credentials: Credentials): Promise<Felt> {
  let accepted = Number.NaN
  for (;;) {
    const began = Date.now()
    const outcome = await check(credentials)
    if (outcome === 'refused') return { accepted, refused: began }
    if (outcome === 'accepted') accepted = began
    await setTimeout(PACE)
  }
}

export const jobs = {
  async start({ address, bound }: { readonly address: Address; readonly bound: number }) {
    const opened = open(address, () => {})
    const store = sqlStore(opened.engine, address.names)
    const tokens = createTokens({ store: cached(store, { maxStaleness: bound }), catalogue, prefix: 'cl' })
    const revocations = followRevocations({ store, maxStaleness: bound, timeout: '1m' })
    node = {
      opened,
      revocations,
      checks: [
        async ({ secret }) => {
          const seen = await tokens.verify(secret)
          return seen.ok ? 'accepted' : outcomeOf(seen.reason)
        },
        async ({ token }) => {
          const verdict = await revocations.judge(token)
          return verdict === 'live' ? 'accepted' : outcomeOf(verdict)
        },
      ],
    }
  },
  /** By each way. What accepts remembers that. */
  check: (credentials: Credentials) => Promise.all(checks().map((check) => check(credentials))),
  watch: (credentials: Credentials) => Promise.all(checks().map((check) => felt(check, credentials))),
  async stop() {
    node?.revocations.close()
    await node?.opened.close()
    node = undefined
  },
}
