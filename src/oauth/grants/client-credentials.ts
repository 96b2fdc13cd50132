import { beginForItself } from '../itself.js'
import { Refusal } from '../refusal.js'
import type { Grant } from './grant.js'
import { tokenSet } from './token-set.js'

/**
 * The client credentials grant (OAuth 2.1 section 4.2): a client acts for itself. There is no refresh token (RFC 6749 section 4.4.3):
 * whoever has the credentials can ask again.
 */
export const clientCredentials: Grant = async (context, { client, parameters, prove }) => {
  if (client.metadata.token_endpoint_auth_method === 'none') {
    throw new Refusal('client_not_allowed', { detail: client.id })
  }
  const { access } = await beginForItself(context, client, {
    scope: parameters.get('scope'),
    resources: parameters.all('resource'),
    key: await prove(null),
    isRefreshed: false,
  })
  return tokenSet(context, access)
}
