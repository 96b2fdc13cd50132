import type { Carrier } from './accept.js'
import type { Answer } from './answers.js'

/** A quoted-string of RFC 9110 section 5.6.4; only what the host configured or the catalogue defines ever stands in one. */
const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/**
 * The value of `WWW-Authenticate`. `Bearer` where it is accepted (RFC 6750 section 3), otherwise `ApiKey` with the name of the
 * header; nothing that the caller sent is ever repeated.
 */
export function challengeOf(
  answer: Answer,
  places: readonly Carrier[],
  realm: string,
  needed: readonly string[] = [],
): string {
  const bearer = places.includes('bearer')
  const parameters = [`realm=${quoted(realm)}`]
  if (!bearer) parameters.push(`header=${quoted(places.join(' '))}`)
  if (answer.challenge === 'error') {
    parameters.push(`error=${quoted(answer.error)}`, `error_description=${quoted(answer.description)}`)
  }
  if (needed.length > 0) parameters.push(`scope=${quoted(needed.join(' '))}`)
  return `${bearer ? 'Bearer' : 'ApiKey'} ${parameters.join(', ')}`
}
