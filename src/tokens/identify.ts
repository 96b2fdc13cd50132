import type { Context } from './context.js'
import type { Identified } from './types.js'
import { viewOf } from './view.js'

/**
 * Says whose secret a text is, however its token stands: one read of the store, no write, and no use is counted. `undefined` for what
 * is no secret of a token that is still kept. Rejects with `unavailable`.
 */
export async function identifyToken(context: Context, text: unknown): Promise<Identified | undefined> {
  const credential = context.parse(text)
  if (credential === undefined) return undefined
  const { record, chain, now } = await context.store.getWith('token', credential.id)
  if (record === undefined || chain === undefined) return undefined
  const { digest, predecessor } = record
  const isCurrent = context.digester.matches(credential, digest)
  if (!isCurrent && !context.digester.matches(credential, predecessor ?? undefined)) return undefined
  const token = viewOf(credential.id, record, chain, now)
  const isReplaced = !isCurrent && predecessor !== null && predecessor.endsAt <= now
  return { token, ended: isReplaced || token.status === 'revoked' || token.status === 'expired' }
}
