import { TokenloopError } from '../core/errors.js'
import { Secret } from '../core/secret.js'
import { changeToken, demandAlive } from './change.js'
import type { Context } from './context.js'
import { giving } from './giving.js'
import type { ChangeInput } from './types.js'

/**
 * Shows a secret again that was kept sealed, and keeps a record of it. Whoever sees it can use it, so the actor must have all
 * that the token allows.
 */
export async function revealToken(context: Context, id: string, input: ChangeInput): Promise<Secret> {
  let secret = ''
  await changeToken(context, id, input, async (found) => {
    demandAlive(found)
    const onlyIf = await giving(context, input.by, found.record, found.chain)
    if (context.sealer === undefined || found.record.sealed === null) {
      throw new TokenloopError('not_sealed', 'the secret was not kept')
    }
    secret = await context.sealer.open(found.record.sealed, ['token', id])
    return { next: found.record, type: 'token.revealed', onlyIf }
  })
  return new Secret(secret)
}
