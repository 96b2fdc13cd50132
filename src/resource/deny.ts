import type { BudgetState } from '../store/store.js'
import { ANSWERS, type Answer, type GuardReason } from './answers.js'
import { challengeOf, type Terms } from './challenge.js'
import { rateLimitHeaders, retryAfterHeader } from './rate-limit.js'
import type { StepUp } from './step-up.js'

/** What the host may shape the body of a refusal from. */
export interface Refusal extends Pick<Answer, 'status' | 'error' | 'description'> {
  /** For `insufficient_scope`: all that the operation needs. */
  readonly scopes?: readonly string[]
}

/** A request that does not pass. */
export interface Refused {
  readonly ok: false
  readonly reason: GuardReason
  readonly limits?: readonly BudgetState[]
  readonly retryAfter?: number | null
}

/** What a refused caller is to be answered. */
export interface Denied {
  readonly ok: false
  /** Precisely why, for the host's log alone. */
  readonly reason: GuardReason
  readonly status: Answer['status']
  readonly headers: Readonly<Record<string, string>>
  /** The JSON text to answer with. */
  readonly body: string
  /** All of it, as an answer to send. */
  readonly response: Response
}

export const standardBody = ({ error, description }: Refusal) => ({ error, error_description: description })

/** What the guard knows of its own words. */
export interface Wording extends Terms {
  /** Everything that the operation needs. */
  readonly needed: readonly string[]
  readonly stepUp: StepUp | undefined
  readonly body: (refusal: Refusal) => unknown
}

/** The answer to a request that does not pass, in the words of RFC 6750 and of the host. */
export function deny({ reason, limits = [], retryAfter }: Refused, wording: Wording): Denied {
  const answer = ANSWERS[reason]
  const { status, error, description } = answer
  const scopes = reason === 'insufficient_scope' ? wording.needed : undefined
  const stepUp = reason === 'insufficient_authentication' ? wording.stepUp : undefined
  const needs = { ...(scopes && { scopes }), ...(stepUp && { stepUp }) }
  const text = bodyText(wording.body, Object.freeze({ status, error, description, ...(scopes && { scopes }) }))
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(answer.challenge !== 'none' && { 'WWW-Authenticate': challengeOf(answer, wording, needs) }),
    ...rateLimitHeaders(limits),
    ...retryAfterHeader(status === 503 ? WAIT_FOR_STORE : retryAfter),
  }
  return {
    ok: false,
    reason,
    status,
    headers,
    body: text,
    get response() {
      return new Response(text, { status, headers })
    },
  }
}

/** Milliseconds after which a caller may try a store that failed again. */
const WAIT_FOR_STORE = 1000

/** A body that the host cannot make is no reason to let a request through, nor to fail on it. */
function bodyText(body: Wording['body'], refusal: Refusal): string {
  try {
    const shape = body(refusal)
    if (!(shape instanceof Promise)) return JSON.stringify(shape) ?? JSON.stringify(standardBody(refusal))
    shape.catch(() => {}) // It is not waited for, and its failure must not end the process.
  } catch {
    // The standard body it is.
  }
  return JSON.stringify(standardBody(refusal))
}
