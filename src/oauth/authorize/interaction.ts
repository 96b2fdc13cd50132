import { randomBase62 } from '../../core/base62.js'
import { tupleKey } from '../../core/digest.js'
import type { Json } from '../../core/json.js'
import { count, having, listOf, name, nullable, object } from '../../core/shape.js'
import type { SignedIn } from '../../store/records.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'

/** What waits for a user's answer: an authorization request that was validated, and what it hangs on as it was then. */
export interface Interaction {
  readonly client: string
  readonly tenant: string | null
  readonly redirectUri: string
  readonly state: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly challenge: string
  readonly nonce: string | null
  readonly boundTo: string | null
  readonly signIn: SignedIn
  /** Of subject, tenant, client and grant: what moves before the answer makes it void. */
  readonly epochs: {
    readonly subject: number
    readonly tenant: number
    readonly client: number
    readonly grant: number
  }
}

const isInteraction = having<Interaction>({
  client: name,
  tenant: nullable(name),
  redirectUri: name,
  state: nullable(name),
  scopes: listOf(name),
  resources: listOf(name),
  challenge: name,
  nonce: nullable(name),
  boundTo: nullable(name),
  signIn: object<SignedIn>({ at: nullable(count), acr: nullable(name) }),
  epochs: object({ subject: count, tenant: count, client: count, grant: count }),
})

/** Who answers: somebody who is signed in, in one browser. */
export interface Browser {
  readonly session: string
  readonly subject: string
}

const KIND = 'interaction'
/** 256 random bits. */
const HANDLE = 43

/** It is found by whom it was begun for, and by nobody else: another one's answer uses nothing up. */
const keyOf = (handle: string, { session, subject }: Browser) => tupleKey(KIND, handle, session, subject)

/** Keeps an interaction and gives its handle. */
export async function openInteraction(
  { store, lifetimes }: Context,
  browser: Browser,
  interaction: Interaction,
  now: number,
): Promise<string> {
  const handle = randomBase62(HANDLE)
  const value: { readonly [M in keyof Interaction]: Json } = { ...interaction, signIn: { ...interaction.signIn } }
  if (await store.insertOnce(KIND, keyOf(handle, browser), value, now + lifetimes.interaction)) return handle
  throw new Refusal('server_error', { detail: 'a handle was taken' })
}

/** Takes an interaction, once. Throws a `Refusal`. */
export async function takeInteraction({ store }: Context, handle: unknown, browser: Browser): Promise<Interaction> {
  if (typeof handle !== 'string' || !/^[0-9A-Za-z]{43}$/.test(handle)) throw new Refusal('interaction_unknown')
  const taken: unknown = await store.takeOnce(KIND, keyOf(handle, browser), randomBase62(22))
  if (!isInteraction(taken)) throw new Refusal('interaction_unknown')
  return taken
}
