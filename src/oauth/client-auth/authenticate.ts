import { isActive } from '../../store/chain.js'
import type { Client } from '../clients/client.js'
import { findClient } from '../clients/find.js'
import type { AuthMethod } from '../clients/metadata.js'
import type { Context } from '../context.js'
import type { Parameters } from '../parameters.js'
import { errorOf, Refusal } from '../refusal.js'
import { CHALLENGE, type ClientCredentials, credentialsIn } from './credentials.js'
import { isSecretOf } from './secret.js'

/** Whether what was sent proves the client to be who it says, by the way that it is registered for. */
const METHODS: {
  readonly [M in AuthMethod]: (
    context: Context,
    client: Client | undefined,
    sent: ClientCredentials,
  ) => boolean | Promise<boolean>
} = {
  none: () => true,
  client_secret_basic: (context, client, sent) => 'secret' in sent && isSecretOf(context, client, sent.secret),
  client_secret_post: (context, client, sent) => 'secret' in sent && isSecretOf(context, client, sent.secret),
  private_key_jwt: () => false,
}

/**
 * The client that sends a request, authenticated by exactly the method it is registered for (RFC 6749 section 3.2.1). An unknown client
 * and one that fails get the same answer. Throws a `Refusal`.
 */
export async function authenticateClient(context: Context, request: Request, parameters: Parameters): Promise<Client> {
  const sent = credentialsIn(request, parameters)
  const failed = (
    rule: 'client_authentication_failed' | 'client_authentication_method' | 'client_unknown' | 'client_inactive',
  ) =>
    new Refusal(rule, {
      ...(sent.method === 'client_secret_basic' && { headers: CHALLENGE }),
      ...(sent.id && { detail: sent.id }),
    })
  const client = await findClient(context, sent.id, 'record').catch((error: unknown) => {
    if (error instanceof Refusal && errorOf(error.rule).error === 'invalid_client') return undefined
    throw error
  })
  const isProven = await METHODS[sent.method](context, client, sent)
  if (client === undefined) throw failed('client_unknown')
  if (client.metadata.token_endpoint_auth_method !== sent.method) throw failed('client_authentication_method')
  if (!isProven) throw failed('client_authentication_failed')
  if (client.record.status !== 'active' || !isActive(client.chain.tenant)) throw failed('client_inactive')
  return client
}
