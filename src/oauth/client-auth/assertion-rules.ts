import type { JsonObject } from '../../core/json.js'

/** RFC 7523 section 2.2. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** How far the client's clock may be off, in milliseconds. */
const TOLERANCE = 30_000
/** An assertion is for one request: it ends soon, and was made just now. */
const LONGEST_LIFE = 5 * 60_000
const LONGEST_ID = 1024

/** What an assertion says, and what it is held against. */
export interface AssertionFacts {
  readonly claims: JsonObject
  readonly issuer: string
  /** The `client_id` beside it, where there is one. */
  readonly clientId: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const optional = (value: unknown, holds: (seconds: number) => boolean): boolean =>
  value === undefined || (isSeconds(value) && holds(value))

/** RFC 7523 section 3, with the audience of its update of 2025: the issuer, and nobody beside it. In the order in which they are judged. */
const RULES: readonly (readonly [string, (facts: AssertionFacts) => boolean])[] = [
  ['iss and sub', ({ claims: { iss, sub } }) => isText(sub) && iss === sub],
  ['client_id', ({ claims: { sub }, clientId }) => clientId === undefined || clientId === sub],
  [
    'aud',
    ({ claims: { aud }, issuer }) => aud === issuer || (Array.isArray(aud) && aud.length === 1 && aud[0] === issuer),
  ],
  ['jti', ({ claims: { jti } }) => isText(jti) && jti.length <= LONGEST_ID],
  [
    'exp',
    ({ claims: { exp }, now }) => isSeconds(exp) && exp * 1000 + TOLERANCE > now && exp * 1000 <= now + LONGEST_LIFE,
  ],
  ['nbf', ({ claims: { nbf }, now }) => optional(nbf, (nbf) => nbf * 1000 <= now + TOLERANCE)],
  [
    'iat',
    ({ claims: { iat }, now }) =>
      optional(iat, (iat) => iat * 1000 <= now + TOLERANCE && iat * 1000 >= now - LONGEST_LIFE - TOLERANCE),
  ],
]

/** The first rule that is broken, or nothing. */
export const judgeAssertion = (facts: AssertionFacts): string | undefined =>
  RULES.find(([, holds]) => !holds(facts))?.[0]

/** Until when it would be taken again, in milliseconds. */
export const takenUntil = ({ exp }: JsonObject): number => Number(exp) * 1000 + TOLERANCE
