import type { SealingKey } from 'tokenloop'
import { keyIn, newKey } from '../shared/sealing-key.js'

/**
 * The key under which tokens are kept, so that they can be shown again: `SEAL_KEY`, 32 random bytes in base64url. Without it one is
 * made, and what it sealed can be shown until the process ends. Throws for a key of another length.
 */
export function sealingKey({ SEAL_KEY }: NodeJS.ProcessEnv): SealingKey {
  if (SEAL_KEY !== undefined && SEAL_KEY !== '') return { id: 'seal-key', key: keyIn(SEAL_KEY) }
  console.error('SEAL_KEY is not set: tokens that are made now can be shown until this process ends')
  return { id: 'made-at-start', key: keyIn(newKey()) }
}
