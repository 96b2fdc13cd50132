import { TokenloopError } from '../core/errors.js'
import { loggable } from '../core/text.js'
import { STORE_FAULTS } from '../store/trust.js'
import type { Context } from './context.js'
import { errorOf, Refusal } from './refusal.js'

/** What ended the work on a request, as a refusal: a fault of the store or a key is `unavailable`, never a denial. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const isFault = error instanceof TokenloopError && (STORE_FAULTS.has(error.code) || error.code === 'key_unavailable')
  return new Refusal(isFault ? 'unavailable' : 'server_error', {
    detail: error instanceof TokenloopError ? error.code : 'unexpected',
  })
}

/** What takes the place of an answer is explained as that was. */
export function inPlaceOf<A extends object>({ explanations }: Context, answer: object, other: A): A {
  const explanation = explanations.get(answer)
  if (explanation !== undefined) explanations.set(other, explanation)
  return other
}

/** Tells the host which rule refused a request, and remembers it for `answer`. */
export function report(context: Context, endpoint: string, refusal: Refusal, answer: object): void {
  const { tell, explanations } = context
  const { rule } = refusal
  const detail = refusal.detail === undefined ? undefined : tellable(context, refusal.detail)
  const { error, description } = errorOf(rule)
  explanations.set(answer, Object.freeze({ endpoint, rule, error, description, detail }))
  tell({ type: 'oauth.refused', at: null, detail: { endpoint, rule, error, ...(detail && { about: detail }) } })
}

const LONGEST = 500

/** A detail may have come from outside as it is: with a line of its own for a log, or with a secret in the place of an id. */
const tellable = ({ credentials }: Context, detail: string): string =>
  Object.values(credentials).some(({ parse }) => parse(detail) !== undefined)
    ? 'a credential'
    : loggable(detail, LONGEST)
