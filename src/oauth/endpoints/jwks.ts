import { jsonAnswer } from '../answer.js'
import type { Context } from '../context.js'

/** The public keys (RFC 7517 section 5). */
export const jwks = async ({ keys }: Context): Promise<Response> =>
  keys === undefined ? jsonAnswer(200, { keys: [] }) : keys.jwks()
