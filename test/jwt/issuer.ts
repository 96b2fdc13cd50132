import { type RemoteKeysOptions, remoteKeys } from 'tokenloop/jwt'
import type { Event } from '../../src/core/event.js'
import { makeKey, type TestKey } from './support.js'

export const [one, two, three] = [await makeKey(), await makeKey(), await makeKey()]
export const ADDRESS = 'https://as.test/jwks'

export type Answer = () => unknown
export const jwks = (...keys: readonly TestKey[]): Answer => json({ keys: keys.map(({ jwk }) => jwk) })
export const json =
  (value: unknown, init: ResponseInit = {}): Answer =>
  () =>
    new Response(typeof value === 'string' ? value : JSON.stringify(value), init)

/** An issuer that answers as it is told, and counts how often it is asked. */
export function issuer(first: Answer, options: Partial<RemoteKeysOptions> = {}) {
  const world = { now: 1_000_000, asked: 0, answer: first, events: [] as Event[], requests: [] as RequestInit[] }
  const keys = remoteKeys(ADDRESS, {
    fetch: (_url, init) => {
      world.asked++
      world.requests.push(init)
      return world.answer() as Promise<Response>
    },
    clock: { now: () => world.now },
    onEvent: (event) => world.events.push(event),
    ...options,
  })
  const find = async (kid: string | undefined) => {
    const found = await keys.find(kid)
    return typeof found === 'string' ? found : found.kid
  }
  return Object.assign(world, { keys, find, pass: (milliseconds: number) => (world.now += milliseconds) })
}

/** Answers that are given when the test says so. */
export function slow() {
  const waiting: ((answer: unknown) => void)[] = []
  return { answer: () => new Promise((resolve) => waiting.push(resolve)), waiting }
}
/** Once all that is under way has come to where it waits for something from outside. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))

export const kids = { one: one.jwk.kid, two: two.jwk.kid, three: three.jwk.kid }
export const minute = 60_000
