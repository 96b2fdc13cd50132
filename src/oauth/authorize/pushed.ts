import { isBase62, randomBase62 } from '../../core/base62.js'
import { tupleKey } from '../../core/digest.js'
import { having, name } from '../../core/shape.js'
import type { Context } from '../context.js'
import { type Parameters, parseForm } from '../parameters.js'
import { Refusal } from '../refusal.js'

/** RFC 9126 section 2.2. */
const URN = 'urn:ietf:params:oauth:request_uri:'
/** 256 random bits. */
const HANDLE = 43

/** A request as it was pushed. */
interface Pushed {
  readonly client: string
  /** Its parameters, as a form has them. */
  readonly form: string
}
const isPushed = having<Pushed>({ client: name, form: name })

/** A pushed request that an authorization request refers to. */
export interface FoundPushed {
  readonly parameters: Parameters
  /** What is kept of its address: a digest, which cannot be asked for. */
  readonly key: string
}

const KIND = 'pushed'
/** The same request once a browser came with it: for as long as its user may take to sign in. */
const BEGUN = 'pushed.begun'
/** That it has led to a code. */
const USED = 'pushed.used'
/** The entries are read, and never taken: what decides is another entry. */
const READ = 'read'

export const isPushedUri = (uri: string | undefined): uri is string => uri?.startsWith(URN) === true

/** Keeps a request, and gives the address that stands for it. */
export async function push({ store, lifetimes }: Context, pushed: Pushed, now: number): Promise<string> {
  const handle = randomBase62(HANDLE)
  if (await store.insertOnce(KIND, tupleKey(KIND, handle), { ...pushed }, now + lifetimes.pushed)) return URN + handle
  throw new Refusal('server_error', { detail: 'a handle was taken' })
}

/** The request that an address stands for, of that client and no other one. Throws a `Refusal`. */
export async function findPushed({ store }: Context, uri: string, client: string | undefined): Promise<FoundPushed> {
  const handle = uri.slice(URN.length)
  const isWellFormed = handle.length === HANDLE && [...handle].every((_, i) => isBase62(handle.charCodeAt(i)))
  if (!isWellFormed) throw new Refusal('request_uri_unknown')
  const key = tupleKey(KIND, handle)
  const found: unknown = (await store.takeOnce(KIND, key, READ)) ?? (await store.takeOnce(BEGUN, key, READ))
  if (!isPushed(found) || found.client !== client) throw new Refusal('request_uri_unknown')
  const parameters = parseForm(found.form)
  if (parameters === undefined) throw new Refusal('server_error', { detail: 'a pushed request cannot be read' })
  return { parameters, key }
}

/** Keeps a pushed request for as long as its user may take to sign in: its own life is shorter than that. */
export async function keepPushed(
  { store, lifetimes }: Context,
  { parameters, key }: FoundPushed,
  now: number,
): Promise<void> {
  const pushed = { client: parameters.get('client_id') ?? '', form: `${parameters}` }
  await store.insertOnce(BEGUN, key, pushed, now + lifetimes.interaction)
}

/** One request leads to one code, however often it was shown (RFC 9126 section 7.3). Throws a `Refusal`. */
export async function usePushed({ store, lifetimes }: Context, key: string | null, now: number): Promise<void> {
  const until = now + lifetimes.pushed + 2 * lifetimes.interaction
  if (key !== null && !(await store.insertOnce(USED, key, null, until))) throw new Refusal('request_uri_unknown')
}
