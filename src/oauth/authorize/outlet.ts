import { responseOf } from '../../core/plain.js'
import { PAGE_HEADERS, redirectAnswer, withParameters } from '../answer.js'
import type { Context } from '../context.js'
import { errorOf, type Rule } from '../refusal.js'
import type { Target } from './request.js'

type Place = Pick<Target, 'redirectUri' | 'state'>

/** Every answer to a client says whose it is (RFC 9207). */
export const codeRedirect = ({ issuer }: Context, { redirectUri, state }: Place, code: string): Response =>
  responseOf(redirectAnswer(withParameters(redirectUri, { code, state, iss: issuer })))

export function errorRedirect({ issuer }: Context, { redirectUri, state }: Place, rule: Rule): Response {
  const { error, description } = errorOf(rule)
  return responseOf(
    redirectAnswer(withParameters(redirectUri, { error, error_description: description, state, iss: issuer })),
  )
}

/** The status of a page that leads back to no client. */
export const pageStatus = (rule: Rule): 400 | 429 | 503 =>
  rule === 'unavailable' ? 503 : rule === 'user_code_attempts' ? 429 : 400

const textPage = (status: number, text: string): Response =>
  responseOf({ status, headers: { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' }, body: text })

/** For a host that has no page of its own for it. */
export const refusedPage = (rule: Rule): Response =>
  textPage(
    pageStatus(rule),
    rule === 'unavailable'
      ? 'Try again later.'
      : 'This request is not pending any more. Start again at the application.',
  )

/** What a user reads who answered for a device, where the host has no page of its own for it. */
export const devicePage = (isAllowed: boolean): Response =>
  textPage(200, isAllowed ? 'Done. Go back to your device.' : 'The device was not allowed anything.')
