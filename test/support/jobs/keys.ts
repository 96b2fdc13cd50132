import { system } from '../../../src/core/subject.js'
import { issueJwt } from '../../../src/jwt/issue.js'
import { type ManagedKeys, managedKeys } from '../../../src/jwt/managed-keys.js'
import { sqlStore } from '../../../src/store/sql/store.js'
import { type Address, type Opened, open } from '../engines.js'

/** A node of an authorization server, whose time the test sets. */
interface Node {
  readonly opened: Opened
  readonly keys: ManagedKeys
}

export interface StartTask {
  readonly address: Address
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface IssueTask {
  readonly count: number
  readonly now: number
}

const SEAL = { id: '2026', key: new Uint8Array(32).fill(7) }
const CLAIMS = {
  iss: 'https://as.test',
  sub: 'u_42',
  aud: 'https://rs.test/mcp',
  client_id: 'c_1',
  scope: 'issues:read',
}

let now = 0
let node: Node | undefined
let left = Number.POSITIVE_INFINITY

const keys = (): ManagedKeys => {
  if (node === undefined) throw new Error('the node has not been started')
  return node.keys
}

export const jobs = {
  async start({ address, now: at }: StartTask) {
    await node?.opened.close()
    now = at
    const clock = { now: () => now }
    const opened = open(address, () => {
      if (--left <= 0) process.kill(process.pid, 'SIGKILL')
    })
    const store = sqlStore(opened.engine, { ...address.names, clock })
    node = { opened, keys: managedKeys({ store, sealWith: [SEAL], clock }) }
  },
  async stop() {
    await node?.opened.close()
    node = undefined
  },
  ready: () => keys().ready(),
  list: () => keys().list(),
  /** The process ends by SIGKILL after so many statements. */
  async rotate({ dieAfter = Number.POSITIVE_INFINITY }: { readonly dieAfter?: number }) {
    left = dieAfter
    const { kid } = await keys().rotate({ by: system })
    left = Number.POSITIVE_INFINITY
    return kid
  },
  /** Revokes the key that signs; the process ends by SIGKILL after so many statements. */
  async revoke({ dieAfter = Number.POSITIVE_INFINITY }: { readonly dieAfter?: number }) {
    const active = (await keys().list()).find(({ stage }) => stage === 'active')
    left = dieAfter
    await keys().revoke(String(active?.kid), { by: system })
    left = Number.POSITIVE_INFINITY
  },
  async issue({ count, now: at }: IssueTask) {
    now = at
    return Promise.all(Array.from({ length: count }, () => issueJwt(keys(), CLAIMS, { expiresIn: '1h' })))
  },
  async jwks({ now: at }: { readonly now: number }) {
    now = at
    return (await keys().jwks()).text()
  },
}
