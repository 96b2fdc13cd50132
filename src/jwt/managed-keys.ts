import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import { type Actor, actorRef } from '../core/subject.js'
import { jwksResponse, noJwksResponse } from './jwks.js'
import { createKeyCache } from './key-cache.js'
import { createKeyContext, type ManagedKeysOptions } from './key-context.js'
import { openKey, readLine } from './key-line.js'
import { infoOf, type KeyInfo, pick, type View } from './key-view.js'
import { reseal } from './reseal.js'
import { type RevokeKeyInput, revokeKey } from './revoke-key.js'
import { rotateLine } from './rotate-key.js'
import { stagesAt } from './stage.js'
import type { NoKey, SigningKey, SigningKeys, VerificationKey } from './types.js'

/** Signing keys that the library makes, keeps and rotates in the store. */
export interface ManagedKeys extends SigningKeys {
  /**
   * Reads the keys, makes the first one where there is none, and sees to it that this process can sign, now and after the next
   * rotation. To be awaited at the start. Rejects with `key_unavailable` where a sealing key is missing or another one, and never makes
   * a signing key in its place; with `unavailable` or `store_corrupt` where the store fails.
   */
  ready(): Promise<void>
  /**
   * Announces a successor of the key that signs, unless one is announced already: callers that race all get the same. It signs
   * after `cacheFor` and `outage`, when everybody knows it. Rejects with `key_unavailable`, `conflict`, `unavailable`.
   */
  rotate(input: { readonly by: Actor }): Promise<KeyInfo>
  /**
   * Ends a key at once, such as one that leaked, and answers what became of it. One write takes it away and hands over to its announced
   * successor, or to a new key; nothing that it signed passes again.
   *
   * | where | is felt |
   * |---|---|
   * | in this process, and by guards that have the store | at once |
   * | by guards that follow revocations, and by guards behind a cache | within their bound |
   * | in other processes on the store, which sign by another key from then on | within a fifth of `outage`, one minute |
   * | where the keys were fetched from | once they are fetched again: `maxAge` of `remoteKeys` |
   *
   * Whoever has fetched the keys already does not know a new one yet; `remoteKeys` looks again for an unknown id. Repeating it changes
   * nothing. Rejects with `not_found`, `key_unavailable`, `conflict`, `unavailable`.
   */
  revoke(kid: string, input: RevokeKeyInput): Promise<KeyInfo>
  /**
   * Seals every private half under the first of `sealWith`, once all processes have that one among theirs, and answers how many were
   * not. `list` says what each is sealed with: a sealing key that none is can be dropped. Rejects with `key_unavailable` where one
   * cannot be opened, `conflict`, `unavailable`.
   */
  reseal(input: { readonly by: Actor }): Promise<number>
  /** All keys, the first one first, with those that are gone for 30 days more. */
  list(): Promise<readonly KeyInfo[]>
}

type ByInput = Parameters<ManagedKeys['rotate']>[0]

const ROTATE = optionsOf<ByInput>('keys.rotate', { by: true })
const REVOKE = optionsOf<RevokeKeyInput>('keys.revoke', { by: true, reason: true })
const RESEAL = optionsOf<ByInput>('keys.reseal', { by: true })

/** Milliseconds after a read before an unknown id is a reason for another one. */
const UNKNOWN_KEY_COOLDOWN = 5000

/**
 * ES256 keys, kept in the store, sealed under the host's key, and shared by all processes on that store: announced, active, retiring,
 * gone. Exactly one key signs, whatever races or crashes; it is published before it signs for longer than anybody caches, and until
 * the last token that it signed has expired. The store is read about once a minute and never on the way of a token; while it does not
 * answer, signing and verifying go on for `outage`, and are `unavailable` after that.
 *
 * @example
 * const keys = managedKeys({ store, sealWith: [{ id: '2026', key: keyBytes }] })
 * await keys.ready()                // at the start: rejects with `key_unavailable` under a wrong sealing key
 * await keys.rotate({ by: system }) // beside the rotation every 90 days
 * await keys.revoke(kid, { by: system, reason: 'in a log' }) // at once
 * await keys.jwks()                 // a Response with the public keys
 */
export function managedKeys(options: ManagedKeysOptions): ManagedKeys {
  const context = createKeyContext(options)
  const cache = createKeyCache(context)

  const findLater = async (kid: string | undefined): Promise<VerificationKey | NoKey> => {
    try {
      await cache.read()
    } catch {
      // What is at hand answers, if it can be relied on.
    }
    const view = cache.atHand()
    return view === undefined ? 'unavailable' : pick(view.usable, kid)
  }

  return {
    tokenLifetime: context.tokenLifetime,
    now: cache.now,
    get revision() {
      return cache.revision()
    },
    active: () => cache.atHand()?.active ?? cache.demand().then(activeOf),
    find(kid) {
      const view = cache.atHand()
      if (view === undefined) return findLater(kid)
      const key = pick(view.usable, kid)
      const mayLook = key === 'unknown_key' && (cache.age() ?? 0) > UNKNOWN_KEY_COOLDOWN
      return mayLook ? findLater(kid) : key
    },
    jwks: () => cache.demand().then(({ published }) => jwksResponse(published, context.cacheFor), noJwksResponse),
    async ready() {
      const { rows, now } = await cache.settle()
      for (const { row, stage } of stagesAt(rows, now, context.terms)) {
        if (stage === 'active' || stage === 'announced') await openKey(context, row)
      }
    },
    async rotate(input) {
      ROTATE.check(input)
      const { by } = input
      actorRef(by)
      const info = await rotateLine(context, by)
      await cache.settle().catch(() => {}) // It is rotated, whatever becomes of what is known here.
      return info
    },
    async revoke(kid, input) {
      REVOKE.check(input)
      const info = await revokeKey(context, kid, input)
      await cache.settle()
      return info
    },
    reseal: (input) => RESEAL.refuse(input) ?? reseal(context, input.by),
    async list() {
      const { rows, now } = await readLine(context)
      return stagesAt(rows, now, context.terms).map(infoOf)
    },
  }
}

function activeOf({ active }: View): SigningKey {
  if (active !== undefined) return active
  throw new TokenloopError('key_unavailable', 'the signing key cannot be opened: is its sealing key among `sealWith`?')
}
