import { randomBytes } from 'node:crypto'
import type { SealingKey } from 'tokenloop'

/**
 * The key under which tokens are kept, so that they can be shown again: `SEAL_KEY`, 32 random bytes in base64url. Without it one is
 * made, and what it sealed can be shown until the process ends. Throws for a key of another length.
 */
export function sealingKey({ SEAL_KEY }: NodeJS.ProcessEnv): SealingKey {
  if (SEAL_KEY === undefined || SEAL_KEY === '') {
    console.error('SEAL_KEY is not set: tokens that are made now can be shown until this process ends')
    return { id: 'made-at-start', key: randomBytes(32) }
  }
  const key = Buffer.from(SEAL_KEY, 'base64url')
  if (!/^[\w-]{43}=?$/.test(SEAL_KEY) || key.length !== 32) throw new Error('SEAL_KEY must be 32 bytes in base64url')
  return { id: 'seal-key', key }
}
