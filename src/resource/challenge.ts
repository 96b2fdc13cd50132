import type { Carrier } from './accept.js'
import type { Answer } from './answers.js'
import type { StepUp } from './step-up.js'

/** A quoted-string of RFC 9110 section 5.6.4; only what the host configured or the catalogue defines ever stands in one. */
const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** What a challenge says beside the error. */
export interface Terms {
  readonly realm: string
  readonly places: readonly Carrier[]
  /** Where the metadata of the resource is (RFC 9728 section 5.1), where it has such. */
  readonly metadata: string | undefined
}

/** What the caller would need. */
export interface Needs {
  /** Everything that the operation needs. */
  readonly scopes?: readonly string[]
  readonly stepUp?: StepUp
}

/**
 * The value of `WWW-Authenticate`. `Bearer` where it is accepted (RFC 6750 section 3), otherwise `ApiKey` with the name of the
 * header; nothing that the caller sent is ever repeated.
 */
export function challengeOf(
  answer: Answer,
  { realm, places, metadata }: Terms,
  { scopes = [], stepUp }: Needs,
): string {
  const bearer = places.includes('bearer')
  const parameters = [`realm=${quoted(realm)}`]
  if (!bearer) parameters.push(`header=${quoted(places.join(' '))}`)
  if (answer.challenge === 'error') {
    parameters.push(`error=${quoted(answer.error)}`, `error_description=${quoted(answer.description)}`)
  }
  if (scopes.length > 0) parameters.push(`scope=${quoted(scopes.join(' '))}`)
  if (stepUp !== undefined && stepUp.acr.length > 0) parameters.push(`acr_values=${quoted(stepUp.acr.join(' '))}`)
  if (stepUp?.maxAge !== undefined) parameters.push(`max_age=${quoted(String(Math.floor(stepUp.maxAge / 1000)))}`)
  if (bearer && metadata !== undefined) parameters.push(`resource_metadata=${quoted(metadata)}`)
  return `${bearer ? 'Bearer' : 'ApiKey'} ${parameters.join(', ')}`
}
