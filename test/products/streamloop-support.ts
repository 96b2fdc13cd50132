import { randomBytes } from 'node:crypto'
import type { Lifetimes } from 'tokenloop/oauth'
import { expect } from 'vitest'
import { streamloop } from '../../examples/streamloop/app.js'
import { placesIn } from '../../examples/streamloop/config.js'
import { openRows, type Rows } from '../../examples/streamloop/data/rows.js'
import { Caller, type paces, type Reply, readable, servedHost, signedIn } from './support.js'

export const PAGE = '/settings/api-tokens'

const SEAL_WITH = [{ id: 'test', key: randomBytes(32) }]

type Make = (typeof paces)[number]['make']

/** Streamloop on a store and a clock of its own. */
export const streamloopOn = (make: Make, rows: Rows, lifetimes: Partial<Lifetimes> = {}) =>
  servedHost(make, (store, clock, origin) =>
    streamloop({ store, rows, places: placesIn({}, origin), sealWith: SEAL_WITH, lifetimes, now: clock.now }),
  )

/** Streamloop with both its users signed in. */
export async function opened(make: Make, lifetimes: Partial<Lifetimes> = {}) {
  const { origin, clock, store } = await streamloopOn(make, await openRows(undefined), lifetimes)
  return {
    origin,
    clock,
    store,
    nobody: new Caller(origin),
    alice: await signedIn(origin, 'alice'),
    bob: await signedIn(origin, 'bob'),
  }
}

/** A program that sends a key. */
export const keyed = (origin: string, key: string): Caller => new Caller(origin, { 'x-api-key': key })

/** What stands in every form of this session. */
export async function csrfOf(caller: Caller): Promise<string> {
  const { text } = await caller.get(PAGE)
  return /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

/** Fields of a form, some of them more than once. */
export type Fields = Readonly<Record<string, string | readonly string[]>>

export const encoded = (fields: Fields): URLSearchParams =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  )

/** Sends a form as its page would. */
export async function submit(caller: Caller, path: string, fields: Fields = {}): Promise<Reply> {
  return caller.send('POST', path, encoded({ csrf: await csrfOf(caller), ...fields }))
}

/** The secret that an answer shows. */
export const secretIn = ({ text }: Reply): string => /id="secret">([^<]+)</.exec(text)?.[1] ?? ''

/** Makes a token on the page; its secret. */
export async function created(caller: Caller, fields: Fields = {}): Promise<string> {
  const made = await submit(caller, PAGE, { name: 'CI pipeline', expires: '90d', ...fields })
  expect(made.status).toBe(201)
  return secretIn(made)
}

/** The public part of a secret: the id of its token. */
export const idOf = (secret: string): string => secret.slice(0, 'sl_'.length + 11)

/** The rows of the list, as a person reads them. */
export const rows = ({ text }: Reply): string[] =>
  [...text.matchAll(/<tr>\s*<th scope="row">(.*?)<td class="act">/gs)].map(([, row]) => readable(row ?? ''))

/** What the list says of its newest token: name, made, expires, last used. */
export async function newest(caller: Caller) {
  const [row = ''] = rows(await caller.get(PAGE))
  return row
}

/** Asks GraphQL. */
export const ask = (caller: Caller, query: string, variables: object = {}): Promise<Reply> =>
  caller.post('/graphql', { query, variables })
