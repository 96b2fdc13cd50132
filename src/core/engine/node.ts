import { createHmac, createSecretKey, hash, hkdfSync } from 'node:crypto'
import type { Engine } from './engine.js'

/** One-shot hashes of `node:crypto`: about five times as fast as the portable engine. */
export const engine: Engine = {
  sha256: (text) => hash('sha256', text, 'base64url'),
  hmacSha256(key) {
    const keyObject = createSecretKey(key)
    return (text) => createHmac('sha256', keyObject).update(text).digest('base64url')
  },
  hkdfSha256: (input, salt, info, length) => new Uint8Array(hkdfSync('sha256', input, salt, info, length)),
}
