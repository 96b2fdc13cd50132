import { randomBase62 } from '../../core/base62.js'
import { type Digest, tupleKey } from '../../core/digest.js'
import type { Json } from '../../core/json.js'
import { count, having, listOf, name, nullable, object, oneOf } from '../../core/shape.js'
import type { SignedIn } from '../../store/records.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'

/** The client waits for a code at its redirect URI. */
export interface CodeFlow {
  readonly flow: 'code'
  readonly redirectUri: string
  readonly state: string | null
  readonly challenge: string
  readonly nonce: string | null
  /** What is kept of the pushed request that it was. */
  readonly pushed: string | null
}

/** The client, on a device, waits with a device code (RFC 8628). */
export interface DeviceFlow {
  readonly flow: 'device'
  /** The locator of its device code: the id of the authorization to come. */
  readonly locator: string
  readonly digest: Digest
  readonly expiresAt: number
}

/** What waits for a user's answer: a request that was validated, and what it hangs on as it was then. */
export interface Interaction {
  readonly client: string
  readonly tenant: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly boundTo: string | null
  readonly signIn: SignedIn
  /** What the client shows of itself, as the subject sees it. */
  readonly appearance: string
  /** Of subject, tenant, client and grant: what moves before the answer makes it void. */
  readonly epochs: {
    readonly subject: number
    readonly tenant: number
    readonly client: number
    readonly grant: number
  }
  readonly of: CodeFlow | DeviceFlow
}

const isCodeFlow = having<CodeFlow>({
  flow: oneOf('code'),
  redirectUri: name,
  state: nullable(name),
  challenge: name,
  nonce: nullable(name),
  pushed: nullable(name),
})
const isDeviceFlow = having<DeviceFlow>({
  flow: oneOf('device'),
  locator: name,
  digest: object<Digest>({ hash: name, pepper: nullable(name) }),
  expiresAt: count,
})

const isInteraction = having<Interaction>({
  client: name,
  tenant: nullable(name),
  scopes: listOf(name),
  resources: listOf(name),
  boundTo: nullable(name),
  signIn: object<SignedIn>({ at: nullable(count), acr: nullable(name) }),
  appearance: name,
  epochs: object({ subject: count, tenant: count, client: count, grant: count }),
  of: (value): value is Interaction['of'] => isCodeFlow(value) || isDeviceFlow(value),
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
  if (await store.insertOnce(KIND, keyOf(handle, browser), jsonOf(interaction), now + lifetimes.interaction))
    return handle
  throw new Refusal('server_error', { detail: 'a handle was taken' })
}

function jsonOf({ of, ...interaction }: Interaction): Json {
  const flow: Json = of.flow === 'code' ? { ...of } : { ...of, digest: { ...of.digest } }
  return { ...interaction, signIn: { ...interaction.signIn }, of: flow }
}

/** Takes an interaction, once. Throws a `Refusal`. */
export async function takeInteraction({ store }: Context, handle: unknown, browser: Browser): Promise<Interaction> {
  if (typeof handle !== 'string' || !/^[0-9A-Za-z]{43}$/.test(handle)) throw new Refusal('interaction_unknown')
  const taken: unknown = await store.takeOnce(KIND, keyOf(handle, browser), randomBase62(22))
  if (!isInteraction(taken)) throw new Refusal('interaction_unknown')
  return taken
}
