import type { Answer, PlainRequest } from '../../core/plain.js'
import { jsonAnswer } from '../answer.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import { DEVICE_CODE, type GrantType } from '../clients/metadata.js'
import type { Context } from '../context.js'
import { authorizationCode } from '../grants/authorization-code.js'
import { clientCredentials } from '../grants/client-credentials.js'
import { deviceCode } from '../grants/device-code.js'
import type { Grant } from '../grants/grant.js'
import { refreshToken } from '../grants/refresh-token.js'
import { formOf } from '../parameters.js'
import { prover } from '../proof.js'
import { Refusal } from '../refusal.js'

/** The grant types that the token endpoint answers. */
export const GRANTS: { readonly [G in GrantType]?: Grant } = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  client_credentials: clientCredentials,
  [DEVICE_CODE]: deviceCode,
}

/** The token endpoint (OAuth 2.1 section 3.2). Throws a `Refusal`. */
export async function token(context: Context, request: PlainRequest): Promise<Answer> {
  const parameters = await formOf(request)
  if (parameters.repeats()) throw new Refusal('parameter_repeated')
  const type = parameters.get('grant_type')
  if (type === undefined) throw new Refusal('parameter_missing', { detail: 'grant_type' })
  const client = await authenticateClient(context, request, parameters)
  const grant = Object.hasOwn(GRANTS, type) ? GRANTS[type as GrantType] : undefined
  if (grant === undefined) throw new Refusal('grant_type_unsupported')
  if (!client.metadata.grant_types.includes(type as GrantType))
    throw new Refusal('client_not_allowed', { detail: client.id })
  const { prove, headers } = prover(context, request, 'token', client)
  return jsonAnswer(200, await grant(context, { client, parameters, prove }), headers)
}
