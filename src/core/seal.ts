import { fromBase64url, fromUtf8, lengthPrefixed, toBase64url, utf8 } from './bytes.js'
import { TokenloopError } from './errors.js'
import { optionsOf } from './options.js'

type AesKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** A key of the host under which secrets that must be shown again are kept. */
export interface SealingKey {
  /** Stored beside each sealed text. */
  readonly id: string
  /** 32 random bytes (AES-256). */
  readonly key: Uint8Array
}

/** A sealed text: the key's id, the nonce, and ciphertext with tag, both in base64url. */
export interface Sealed {
  readonly key: string
  readonly nonce: string
  readonly box: string
}

/** Seals and opens texts with AES-256-GCM, bound to where they are kept, so that no row opens as another. */
export interface Sealer {
  /** The id of the key that seals. */
  readonly first: string
  seal(text: string, context: readonly string[]): Promise<Sealed>
  /** Throws `not_sealed` when the key is not in the ring, or the text was not sealed for this context. */
  open(sealed: Sealed, context: readonly string[]): Promise<string>
}

const SEALING_KEY = optionsOf<SealingKey>('a sealing key', { id: true, key: true })

/** A sealer that uses the first key and opens with any. Throws `invalid_option` for a key that is not 32 bytes. */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new TokenloopError('invalid_option', 'sealing needs at least one key')
  const ring = new Map<string, Promise<AesKey>>()
  for (const sealing of keys) {
    SEALING_KEY.check(sealing)
    const { id, key } = sealing
    if (typeof id !== 'string' || id === '' || ring.has(id) || !(key instanceof Uint8Array) || key.length !== 32) {
      throw new TokenloopError(
        'invalid_option',
        'a sealing key has an id of its own, and as key a Uint8Array of 32 bytes',
      )
    }
    const imported = crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
    imported.catch(() => {}) // It is awaited, and its failure told, where it is used.
    ring.set(id, imported)
  }
  const first = (keys[0] as SealingKey).id
  const bound = (id: string, context: readonly string[]) => utf8(lengthPrefixed([id, ...context]))

  return {
    first,
    async seal(text, context) {
      const nonce = crypto.getRandomValues(new Uint8Array(12))
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: bound(first, context) }
      const box = await crypto.subtle.encrypt(algorithm, (await ring.get(first)) as AesKey, utf8(text))
      return { key: first, nonce: toBase64url(nonce), box: toBase64url(new Uint8Array(box)) }
    },
    async open(sealed, context) {
      try {
        const key = await ring.get(sealed.key)
        const iv = fromBase64url(sealed.nonce)
        const box = fromBase64url(sealed.box)
        if (key === undefined || iv === undefined || box === undefined) throw notSealed()
        const algorithm = { name: 'AES-GCM', iv, additionalData: bound(sealed.key, context) }
        return fromUtf8(new Uint8Array(await crypto.subtle.decrypt(algorithm, key, box)))
      } catch {
        throw notSealed()
      }
    },
  }
}

const notSealed = () => new TokenloopError('not_sealed', 'the secret cannot be shown again')
