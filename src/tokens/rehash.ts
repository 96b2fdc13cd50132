import type { ParsedCredential } from '../core/credential.js'
import type { Digest } from '../core/digest.js'
import type { Context } from './context.js'

/** Makes a token's digest anew under the current pepper, if it still is the one that the secret was checked against. */
export async function rehash({ store, digester }: Context, credential: ParsedCredential, old: Digest): Promise<void> {
  const { version, record } = await store.get('token', credential.id)
  if (record === undefined || record.digest.hash !== old.hash || record.revoked !== null) return
  await store.write('token', credential.id, version, { ...record, digest: digester.make(credential) })
}
