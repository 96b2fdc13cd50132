import type { MintedCredential } from '../../core/credential.js'
import { type Digest, tupleKey } from '../../core/digest.js'
import { count, having, listOf, name, nullable, object } from '../../core/shape.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { newUserCode } from './user-code.js'

/** A device that waits for its user, as both of them find it: by the device code, and by the code that the user types. */
export interface PendingDevice {
  readonly client: string
  readonly locator: string
  /** Of the device code. */
  readonly digest: Digest
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly expiresAt: number
}

const isPending = having<PendingDevice>({
  client: name,
  locator: name,
  digest: object<Digest>({ hash: name, pepper: nullable(name) }),
  scopes: listOf(name),
  resources: listOf(name),
  expiresAt: count,
})

const [BY_DEVICE, BY_USER, DENIED, POLLED] = ['device', 'device.user', 'device.denied', 'device.polled'] as const
/** The entries are read, and never taken: what decides is an authorization, or that it was denied. */
const READ = 'read'
/** For so many milliseconds after its end a device is told that its code has expired. */
const REMEMBERED = 3_600_000
const MOST_TRIES = 5

/** Seconds between two polls that a device is told. */
export const INTERVAL = 5
/** Milliseconds in which a second poll is too early: a network may bring two together. */
const LEAST = INTERVAL * 1000 - 1000

const keyOf = (kind: string, id: string) => tupleKey(kind, id)

/** Keeps what a device asks for. Gives the code for its user. */
export async function openDevice(
  { store, lifetimes, credentials }: Context,
  minted: MintedCredential,
  wish: Pick<PendingDevice, 'client' | 'scopes' | 'resources'>,
  now: number,
): Promise<string> {
  const expiresAt = now + lifetimes.device
  const { locator } = minted
  const digest = credentials.device.make(minted)
  const pending = { ...wish, locator, digest: { ...digest }, expiresAt }
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const userCode = newUserCode()
    if (!(await store.insertOnce(BY_USER, keyOf(BY_USER, userCode), pending, expiresAt))) continue
    await store.insertOnce(BY_DEVICE, keyOf(BY_DEVICE, locator), pending, expiresAt + REMEMBERED)
    return userCode
  }
  throw new Refusal('unavailable', { detail: 'no user code is free' })
}

const read = async ({ store }: Context, kind: string, id: string): Promise<PendingDevice | undefined> => {
  const found: unknown = await store.takeOnce(kind, keyOf(kind, id), READ)
  return isPending(found) ? found : undefined
}

export const deviceOfUser = (context: Context, userCode: string) => read(context, BY_USER, userCode)
export const deviceOfCode = (context: Context, locator: string) => read(context, BY_DEVICE, locator)

export async function denyDevice({ store }: Context, locator: string, expiresAt: number): Promise<void> {
  await store.insertOnce(DENIED, keyOf(DENIED, locator), true, expiresAt + REMEMBERED)
}

export const isDenied = async ({ store }: Context, locator: string): Promise<boolean> =>
  (await store.takeOnce(DENIED, keyOf(DENIED, locator), READ)) === true

/** Whether a device has waited since it last asked (RFC 8628 section 3.5). */
export const mayPoll = ({ store }: Context, locator: string, now: number): Promise<boolean> =>
  store.insertOnce(POLLED, keyOf(POLLED, locator), null, now + LEAST)
