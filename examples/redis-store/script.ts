import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const PARTS = ['records', 'lists', 'uses', 'sweep']
const SCRIPT = PARTS.map((part) => readFileSync(new URL(`./lua/${part}.lua`, import.meta.url), 'utf8')).join('\n')
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

/**
 * What is used of a client: that of the package `redis` is one. It must not send a command again by itself whose answer was lost: a write
 * that took place would be told as a conflict with itself.
 */
export interface RedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** Version, JSON and `keepUntil` of a record; 0 and nothing where there is none. */
export type Found = readonly [version: number, json: string, keepUntil: string]
export type FoundLink = readonly [role: string, kind: string, id: string, found: Found]
export type FoundUse = readonly [at?: number, count?: number, ip?: string | null]
export type FoundItem = readonly [id: string, place: string, found: Found, chain: readonly FoundLink[], use: FoundUse]

/** What the script answers to each operation. */
export interface Answers {
  readonly get: readonly [now: number, found: Found]
  readonly getWith: readonly [now: number, found: Found, chain: readonly FoundLink[]]
  readonly find: readonly [now: number, id: string, found: Found] | null
  readonly write: 'written' | 'conflict' | 'duplicate'
  readonly list: readonly [now: number, items: readonly FoundItem[], lookOn: string]
  readonly insertOnce: number
  readonly takeOnce: string | null
  readonly touch: number
  readonly spend: readonly [now: number, ok: number, states?: readonly (readonly [number, number, number])[]]
  readonly changes: readonly [cursor: number, reset: number, changes: readonly string[]]
  readonly sweep: readonly [removed: number, more: number]
}

export interface ScriptOptions {
  readonly prefix: string
  readonly now: (() => number) | undefined
  /** Milliseconds. */
  readonly deadline: number
}

export type Run = <O extends keyof Answers>(operation: O, input: object) => Promise<Answers[O]>

/** Runs the operations of the script, each in one round trip. Rejects where Redis fails, or does not answer in time. */
export const scriptOn =
  (client: RedisClient, { prefix, now, deadline }: ScriptOptions): Run =>
  async (operation, input) => {
    const time = now === undefined ? '' : String(now())
    // One key, so that a cluster finds the place: all keys of a prefix with a {hash tag} are together there.
    const options = { keys: [prefix], arguments: [prefix, time, operation, JSON.stringify(input)] }
    const answer = client.evalSha(SHA, options).catch((error: unknown) => {
      // Redis forgets scripts when it starts: nothing has run then.
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return client.eval(SCRIPT, options)
      throw error
    })
    return (await within(deadline, answer)) as Answers[typeof operation]
  }

/** A client without a connection may wait for ever, and so would every request. */
async function within<T>(deadline: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${deadline} ms`)), deadline)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
