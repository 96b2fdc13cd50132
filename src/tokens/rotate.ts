import { API_TOKEN, withVerifier } from '../core/credential.js'
import { TokenloopError } from '../core/errors.js'
import { Secret } from '../core/secret.js'
import { duration } from '../core/time.js'
import { isActive } from '../store/chain.js'
import type { Predecessor, TokenRecord } from '../store/records.js'
import { changeToken, demandAlive, type Found } from './change.js'
import type { Context } from './context.js'
import { giving } from './giving.js'
import type { Issued, RotateInput } from './types.js'

/**
 * Replaces the secret of a token: same record, same id, one write. Of callers that race, one wins and the others get
 * `conflict`. A caller that repeats itself (`from` names what it replaced, and the predecessor still overlaps) gets another
 * successor, and the predecessor ends when it would have: a lost answer locks nobody out and prolongs nothing.
 */
export async function rotateToken(context: Context, id: string, input: RotateInput): Promise<Issued> {
  const overlap = duration(input.overlap ?? 0, 'overlap')
  let seen: number | undefined
  let secret = ''

  const token = await changeToken(context, id, input, async (found) => {
    const { record, now, chain } = found
    demandRotatable(found)
    const onlyIf = await giving(context, input.by, record, chain)
    seen ??= record.generation
    const endsAt = Math.min(now + overlap, record.expiresAt ?? Infinity)
    const predecessor = record.generation === seen && predecessorOf(record, input.from ?? seen, endsAt, now)
    if (!predecessor) throw new TokenloopError('conflict', 'the token has been rotated meanwhile')
    const minted = withVerifier(API_TOKEN, id)
    secret = minted.text
    const next: TokenRecord = {
      ...record,
      digest: context.digester.make(minted),
      generation: record.generation + 1,
      predecessor,
      rotatedAt: now,
      sealed: context.sealer ? await context.sealer.seal(minted.text, ['token', id]) : null,
    }
    const detail = { generation: next.generation, overlapEndsAt: predecessor.endsAt }
    return { next, type: 'token.rotated', detail, effect: 'narrowed', onlyIf }
  })
  return { secret: new Secret(secret), token }
}

function demandRotatable(found: Found): void {
  demandAlive(found)
  if (!isActive(found.chain.owner) || !isActive(found.chain.tenant)) {
    throw new TokenloopError('owner_inactive', 'the owner of the token is not active')
  }
}

/** What overlaps the new secret: the one that `from` names, if it is the current one, or if it is the one that overlaps already. */
function predecessorOf(
  { generation, digest, predecessor }: TokenRecord,
  from: number,
  endsAt: number,
  now: number,
): Predecessor | undefined {
  if (generation === from) return { ...digest, generation, endsAt }
  return predecessor?.generation === from && predecessor.endsAt > now ? predecessor : undefined
}
