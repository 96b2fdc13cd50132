import type { Answer, PlainRequest } from '../../core/plain.js'
import { system } from '../../core/subject.js'
import { endAuthorization } from '../authorization.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import type { Context } from '../context.js'
import { findToken, type KnownToken } from '../known-token.js'
import { formOf } from '../parameters.js'
import { Refusal } from '../refusal.js'
import { report } from '../report.js'

/**
 * Token revocation (RFC 7009), for the client that a token was issued to. A refresh token and a JWT end their authorization with all
 * that came of it, an opaque access token ends alone. Whatever is no token of the client's is answered alike, and changes nothing; a
 * store that fails is a 503, for a client that is told 200 forgets the token. Throws a `Refusal`.
 */
export async function revoke(context: Context, request: PlainRequest): Promise<Answer> {
  const parameters = await formOf(request)
  if (parameters.repeats()) throw new Refusal('parameter_repeated')
  const client = await authenticateClient(context, request, parameters)
  const text = parameters.get('token')
  if (text === undefined) throw new Refusal('parameter_missing', { detail: 'token' })
  const answer: Answer = { status: 200, headers: {}, body: null }
  const token = await findToken(context, text, { expired: true })
  if (token === undefined) return answer
  if (token.found.chain.client.id === client.id) await end(context, token)
  else report(context, 'revoke', new Refusal('token_of_another', { detail: client.id }), answer)
  return answer
}

async function end(context: Context, token: KnownToken): Promise<void> {
  if (token.kind === 'opaque') await endAccess(context, token)
  else await endAuthorization(context, token.found.id, 'revoked')
}

/** What has been removed already is not there any more. */
async function endAccess(
  { store, audit, tell }: Context,
  { id, version, found }: Extract<KnownToken, { kind: 'opaque' }>,
): Promise<void> {
  const { chain, now } = found
  const { subject = null, tenant = null } = chain.grant.record ?? {}
  const event = audit(now, {
    type: 'access.revoked',
    by: system,
    about: id,
    ...(subject !== null && { owner: { kind: 'user', id: subject } }),
    tenant,
    detail: { client: chain.client.id, authorization: found.id },
  })
  if ((await store.write('access', id, version, null, { event })) === 'written') tell(event)
}
