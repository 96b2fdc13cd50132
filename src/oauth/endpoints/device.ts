import type { Answer, PlainRequest } from '../../core/plain.js'
import { jsonAnswer } from '../answer.js'
import { accessIn } from '../authorize/request.js'
import { checkAuthorizationDetails } from '../checks/authorization-details.js'
import { checkLength } from '../checks/length.js'
import { checkRepeated } from '../checks/repeated.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import { DEVICE_CODE } from '../clients/metadata.js'
import { type Context, urlOf } from '../context.js'
import { INTERVAL, openDevice } from '../device/pending.js'
import { shownUserCode } from '../device/user-code.js'
import { formOf } from '../parameters.js'
import { demand, Refusal } from '../refusal.js'

/** The device authorization endpoint (RFC 8628 section 3.1). Throws a `Refusal`. */
export async function device(context: Context, request: PlainRequest): Promise<Answer> {
  const parameters = await formOf(request)
  demand(checkRepeated(parameters))
  const client = await authenticateClient(context, request, parameters)
  if (!client.metadata.grant_types.includes(DEVICE_CODE)) {
    throw new Refusal('client_not_allowed', { detail: client.id })
  }
  demand(checkLength(parameters))
  demand(checkAuthorizationDetails(parameters))
  const access = accessIn(context, parameters, client)
  const minted = context.credentials.device.mint()
  const userCode = shownUserCode(await openDevice(context, minted, { client: client.id, ...access }, client.now))
  const verify = urlOf(context, 'verify')
  return jsonAnswer(200, {
    device_code: minted.text,
    user_code: userCode,
    verification_uri: verify,
    verification_uri_complete: `${verify}?user_code=${userCode}`,
    expires_in: Math.floor(context.lifetimes.device / 1000),
    interval: INTERVAL,
  })
}
