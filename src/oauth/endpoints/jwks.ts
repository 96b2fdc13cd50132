import { type Answer, answerOf } from '../../core/plain.js'
import { jsonAnswer } from '../answer.js'
import type { Context } from '../context.js'

/** The public keys (RFC 7517 section 5). */
export const jwks = async ({ keys }: Context): Promise<Answer> =>
  keys === undefined ? jsonAnswer(200, { keys: [] }) : answerOf(await keys.jwks())
