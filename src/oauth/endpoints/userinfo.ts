import type { Answer, PlainRequest } from '../../core/plain.js'
import { jsonAnswer } from '../answer.js'
import type { Context } from '../context.js'
import { userOfRequest } from '../openid/bearer.js'
import { claimsOf } from '../openid/claims.js'

/** The userinfo endpoint (OpenID Connect Core section 5.3). Throws a `Refusal`. */
export async function userinfo(context: Context, request: PlainRequest): Promise<Answer> {
  const { user, headers } = await userOfRequest(context, request)
  return jsonAnswer(200, { ...(await claimsOf(context, user)), sub: user.subject }, headers)
}
