import type { Carrier } from './accept.js'
import type { Answer } from './answers.js'
import type { StepUp } from './step-up.js'

/** A quoted-string of RFC 9110 section 5.6.4; only what the host configured or the catalogue defines ever stands in one. */
const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** What a challenge says beside the error. */
export interface Terms {
  readonly realm: string
  readonly places: readonly Carrier[]
  /** Where the credential of this request stood. */
  readonly carriers: readonly Carrier[]
  /** Where the metadata of the resource is (RFC 9728 section 5.1), where it has such. */
  readonly metadata: string | undefined
}

/** What the caller would need. */
export interface Needs {
  /** Everything that the operation needs. */
  readonly scopes?: readonly string[]
  readonly stepUp?: StepUp
}

/** The schemes of `Authorization` that there are challenges of (RFC 6750 section 3, RFC 9449 section 7.1). */
const SCHEMES = [
  { place: 'bearer', name: 'Bearer', more: [] },
  { place: 'dpop', name: 'DPoP', more: ['algs="ES256"'] },
] as const

/**
 * The value of `WWW-Authenticate`: a challenge for each scheme that is accepted, otherwise `ApiKey` with the name of the header. The
 * one whose scheme the caller used says what is wrong, and all do where the request is. Nothing that was sent is ever repeated.
 */
export function challengeOf(answer: Answer, { realm, places, carriers, metadata }: Terms, needs: Needs): string {
  const about = [`realm=${quoted(realm)}`]
  const wrong = answer.challenge === 'error' ? parametersOf(answer, needs) : []
  const schemes = SCHEMES.filter(({ place }) => places.includes(place))
  if (schemes.length === 0) return `ApiKey ${[...about, `header=${quoted(places.join(' '))}`, ...wrong].join(', ')}`
  const [first] = schemes
  const used = schemes.find(({ place }) => carriers.includes(place)) ?? first
  const found = metadata === undefined ? [] : [`resource_metadata=${quoted(metadata)}`]
  return schemes
    .map((scheme) => {
      const says = scheme === used || answer.error === 'invalid_request' ? wrong : []
      return `${scheme.name} ${[...about, ...says, ...scheme.more, ...found].join(', ')}`
    })
    .join(', ')
}

function parametersOf({ error, description }: Answer, { scopes = [], stepUp }: Needs): readonly string[] {
  const parameters = [`error=${quoted(error)}`, `error_description=${quoted(description)}`]
  if (scopes.length > 0) parameters.push(`scope=${quoted(scopes.join(' '))}`)
  if (stepUp !== undefined && stepUp.acr.length > 0) parameters.push(`acr_values=${quoted(stepUp.acr.join(' '))}`)
  if (stepUp?.maxAge !== undefined) parameters.push(`max_age=${quoted(String(Math.floor(stepUp.maxAge / 1000)))}`)
  return parameters
}
