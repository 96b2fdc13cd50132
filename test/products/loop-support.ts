import { randomBytes } from 'node:crypto'
import { system, type TokenStore, user } from 'tokenloop'
import { expect } from 'vitest'
import { loop } from '../../examples/loop/app.js'
import { Caller, type paces, type Reply, readable, served, signedIn } from './support.js'

export const PAGE = '/settings/api-tokens'
const SUBSCRIPTIONS = '/admin/subscriptions'

/** Loop with both its users signed in, and its store to look into. */
export async function opened(make: (typeof paces)[number]['make']) {
  const sealWith = [{ id: 'test', key: randomBytes(32) }]
  const kept: TokenStore[] = []
  const { origin, clock } = await served(make, (store) => {
    kept.push(store)
    return loop({ store, sealWith })
  })
  const [store] = kept
  if (store === undefined) throw new Error('the example has a store')
  return {
    origin,
    clock,
    store,
    nobody: new Caller(origin),
    alice: await signedIn(origin, 'alice'),
    bob: await signedIn(origin, 'bob'),
    /** A program that holds a token. */
    program: (token: string) => new Caller(origin, { 'x-loop-token': token }),
    /** What `GET /admin/subscriptions` answers to a token. */
    reads: async (token: string) => (await new Caller(origin, { 'x-loop-token': token }).get(SUBSCRIPTIONS)).status,
    /** What `POST /admin/subscriptions` answers to a token. */
    writes: async (token: string) =>
      (await new Caller(origin, { 'x-loop-token': token }).post(SUBSCRIPTIONS, { name: 'Coffee' })).status,
  }
}

/** The rows of the table on a page, as a person reads them. */
export const rows = ({ text }: Reply): string[] =>
  [...text.matchAll(/<tr[^>]*>\s*(<t[hd][^e].*?)<\/tr>/gs)]
    .map(([, row]) => row ?? '')
    .filter((row) => row.includes('<td'))
    .map(readable)

/** What stands in every form of this session. */
export async function csrfOf(caller: Caller): Promise<string> {
  const { text } = await caller.get(`${PAGE}/new`)
  return /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

/** Sends a form as its page would. */
export async function submit(caller: Caller, path: string, fields: Readonly<Record<string, string>> = {}) {
  return caller.form(PAGE + path, { csrf: await csrfOf(caller), ...fields })
}

/** Makes a token on the page; its id. */
export async function generated(caller: Caller, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const made = await submit(caller, '/new', { name: 'Returns partner', subscriptions: 'read', ...fields })
  expect(made.status).toBe(303)
  return new URL(made.headers.get('location') ?? '', caller.origin).searchParams.get('token') ?? ''
}

/** Shows a token on the page; all of it. */
export async function shown(caller: Caller, id: string): Promise<string> {
  const { status, text } = await submit(caller, `/${id}/show`)
  expect(status).toBe(200)
  return /id="token">([^<]+)</.exec(text)?.[1] ?? ''
}

/** Makes a token on the page and shows it. */
export async function token(caller: Caller, fields: Readonly<Record<string, string>> = {}) {
  const id = await generated(caller, fields)
  return { id, secret: await shown(caller, id) }
}

/** Somebody outside of this example, who may do all. */
export const elsewhere = { by: system, owner: user('carol'), tenant: 'globex' }
