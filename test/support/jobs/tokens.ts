import { appendFileSync } from 'node:fs'
import {
  type Accounts,
  account,
  createAccounts,
  createTokens,
  defineCatalogue,
  system,
  TokenloopError,
  type TokenStore,
  type Tokens,
  user,
} from 'tokenloop'
import { sqlStore } from '../../../src/store/sql/store.js'
import { type Address, type After, type Opened, open } from '../engines.js'

const catalogue = defineCatalogue({ 'issues:read': { description: 'Read issues', group: 'Data' } })
const by = user('alice', { scopes: catalogue.names })
const scopes = catalogue.names

/** One product on the tables of an address, as each node of it has it. */
export interface Node {
  readonly store: TokenStore
  readonly tokens: Tokens<(typeof scopes)[number]>
  readonly accounts: Accounts<(typeof scopes)[number]>
}

function nodeAt(address: Address, after?: After): Node & Pick<Opened, 'close'> {
  const { engine, close } = open(address, after)
  return { ...nodeOn(sqlStore(engine, address.names)), close }
}

export const nodeOn = (store: TokenStore): Node => ({
  store,
  tokens: createTokens({ store, catalogue, prefix: 'sl', uniqueNames: true, use: { flushEvery: '1h' } }),
  accounts: createAccounts({ store, catalogue }),
})

let node: ReturnType<typeof nodeAt> | undefined

/** The node that this process is. */
function own(): Node {
  if (node === undefined) throw new Error('the node was not started')
  return node
}

/** How something ended: with an answer, or with the code of a typed error. */
export interface Outcome {
  readonly code: string
  readonly secret?: string
}

const outcomeOf = (work: Promise<{ readonly secret?: { reveal(): string } } | unknown>): Promise<Outcome> =>
  work.then(
    (answer) => {
      const { secret } = (answer ?? {}) as { readonly secret?: { reveal(): string } }
      return { code: 'done', ...(secret !== undefined && { secret: secret.reveal() }) }
    },
    (error: unknown) => {
      if (error instanceof TokenloopError) return { code: error.code }
      throw error
    },
  )

const times = <T>(count: number, run: (i: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => run(i)))

/** What a cycle notes of itself: what it is about to do, and what it was answered. */
export type Note =
  | { readonly about: string }
  | ({ readonly done: string } & Partial<Outcome> & { readonly id?: string })

export const jobs = {
  async start({ address }: { address: Address }) {
    await node?.close()
    node = nodeAt(address)
    // The schema has been looked at, and connections are there: a race is about what comes now.
    await times(8, () => own().store.get('account', 'user:nobody'))
  },

  issue: ({ name, count, ownerId }: { name?: string; count: number; ownerId?: string }) =>
    times(count, (i) =>
      outcomeOf(
        own().tokens.issue({
          by,
          owner: ownerId === undefined ? user('alice') : account(ownerId),
          name: name ?? `${process.pid} ${i} ${Math.random()}`,
          scopes,
        }),
      ),
    ),

  rotate: ({ id, count }: { id: string; count: number }) =>
    times(count, () => outcomeOf(own().tokens.rotate(id, { by, from: 1 }))),

  verify: ({ secrets }: { secrets: readonly string[] }) =>
    Promise.all(
      secrets.map(async (secret) => {
        const seen = await own().tokens.verify(secret)
        return seen.ok ? 'ok' : seen.reason
      }),
    ),

  once: ({ key, count, until }: { key: string; count: number; until: number }) =>
    times(count, () => own().store.insertOnce('jti', key, null, until)),

  take: ({ key, count }: { key: string; count: number }) =>
    times(count, async (i) => (await own().store.takeOnce('jti', key, `${process.pid} ${i}`)) !== undefined),

  revoke: ({ id }: { id: string }) => outcomeOf(own().tokens.revoke(id, { by })),

  delete: ({ id }: { id: string }) => outcomeOf(own().accounts.delete(id, { by })),

  async use({ secret, count }: { secret: string; count: number }) {
    await times(count, async () => {
      await own().tokens.verify(secret, { ip: '192.0.2.1' })
      await own().tokens.flush()
    })
  },

  /** All that can become of a token, one after the other, until the process is killed after so many statements. */
  async live({ address, dieAfter, notes }: { address: Address; dieAfter: number; notes: string }) {
    let statements = 0
    const { tokens } = nodeAt(address, () => {
      if (++statements >= dieAfter) process.kill(process.pid, 'SIGKILL')
    })
    const note = (line: Note) => appendFileSync(notes, `${JSON.stringify(line)}\n`)
    note({ about: 'issue' })
    const issued = await tokens.issue({ by, owner: user('alice'), name: `of ${process.pid}`, scopes })
    const { id } = issued.token
    note({ done: 'issue', secret: issued.secret.reveal(), id })
    note({ about: 'use' })
    for (let i = 0; i < 3; i++) await tokens.verify(issued.secret, { ip: '192.0.2.1' })
    await tokens.flush()
    note({ done: 'use' })
    note({ about: 'rotate' })
    const rotated = await tokens.rotate(id, { by, from: 1 })
    note({ done: 'rotate', secret: rotated.secret.reveal() })
    // Uses that are still in the buffer when the process ends.
    for (let i = 0; i < 3; i++) await tokens.verify(rotated.secret, { ip: '192.0.2.1' })
    note({ about: 'revoke' })
    await tokens.revoke(id, { by: system })
    note({ done: 'revoke' })
    return statements
  },
}
