import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { toBase64url, utf8 } from '../bytes.js'
import type { Engine } from './engine.js'

/** Runs wherever JavaScript does. */
export const engine: Engine = {
  sha256: (text) => toBase64url(sha256(utf8(text))),
  hmacSha256: (key) => (text) => toBase64url(hmac(sha256, key, utf8(text))),
  hkdfSha256: (input, salt, info, length) => hkdf(sha256, utf8(input), utf8(salt), utf8(info), length),
}
