import { randomBytes } from 'node:crypto'

/** A new key, as `SEAL_KEY` has it. */
export const newKey = (): string => randomBytes(32).toString('base64url')

/** The key that a text is: 32 bytes in base64url. Throws for a key of another length. */
export function keyIn(text: string): Uint8Array {
  const key = Buffer.from(text, 'base64url')
  if (!/^[\w-]{43}=?$/.test(text) || key.length !== 32) throw new Error('SEAL_KEY must be 32 bytes in base64url')
  return key
}
