import type { PlainRequest } from '../../core/plain.js'
import { isActive } from '../../store/chain.js'
import type { Client } from '../clients/client.js'
import { findClient } from '../clients/find.js'
import type { AuthMethod } from '../clients/metadata.js'
import type { Context } from '../context.js'
import type { Parameters } from '../parameters.js'
import { errorOf, Refusal, type Rule } from '../refusal.js'
import { isAssertionOf, readAssertion, subjectOf } from './assertion.js'
import { CHALLENGE, type ClientCredentials, credentialsIn } from './credentials.js'
import { isSecretOf } from './secret.js'

/** Who a client says it is, and whether what was sent proves it. */
interface Claim {
  readonly id: string | undefined
  readonly prove: (client: Client | undefined) => boolean | Promise<boolean>
}

/** What each way of authentication comes to. */
const CLAIMS: {
  readonly [M in AuthMethod]: (context: Context, sent: Extract<ClientCredentials, { method: M }>) => Claim
} = {
  none: (_, { id }) => ({ id, prove: () => true }),
  client_secret_basic: (context, { id, secret }) => ({ id, prove: (client) => isSecretOf(context, client, secret) }),
  client_secret_post: (context, { id, secret }) => ({ id, prove: (client) => isSecretOf(context, client, secret) }),
  private_key_jwt: (context, { id, assertion, type }) => {
    const read = readAssertion(assertion, type)
    return { id: id ?? subjectOf(read), prove: (client) => isAssertionOf(context, client, read, id) }
  },
}

const claimOf = (context: Context, sent: ClientCredentials): Claim =>
  (CLAIMS[sent.method] as (context: Context, sent: ClientCredentials) => Claim)(context, sent)

/**
 * The client that sends a request, authenticated by exactly the method it is registered for (RFC 6749 section 3.2.1). An unknown client
 * and one that fails get the same answer, at the same cost. Throws a `Refusal`.
 */
export async function authenticateClient(
  context: Context,
  request: PlainRequest,
  parameters: Parameters,
): Promise<Client> {
  const sent = credentialsIn(request, parameters)
  const { id, prove } = claimOf(context, sent)
  const failed = (rule: Rule) =>
    new Refusal(rule, {
      ...(sent.method === 'client_secret_basic' && { headers: CHALLENGE }),
      ...(id !== undefined && { detail: id }),
    })
  let unknown: Rule = 'client_unknown'
  const client = await findClient(context, id, 'record').catch((error: unknown) => {
    if (!(error instanceof Refusal) || errorOf(error.rule).error !== 'invalid_client') throw error
    unknown = error.rule
    return undefined
  })
  const isProven = await prove(client)
  if (client === undefined) throw failed(unknown)
  if (client.metadata.token_endpoint_auth_method !== sent.method) throw failed('client_authentication_method')
  if (!isProven) throw failed('client_authentication_failed')
  if (client.record.status !== 'active' || !isActive(client.chain.tenant)) throw failed('client_inactive')
  return client
}
