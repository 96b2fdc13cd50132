import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** The longest parameter, in characters: state, hints and claims included. */
export const LONGEST = 4096
/** All of them together, as an address has them: what came in a form has to fit into the address that a login leads back to. */
const LONGEST_TOGETHER = 12_000

export function checkLength(parameters: Parameters): Rule | undefined {
  const values = parameters.names.flatMap((name) => [name, ...parameters.all(name)])
  const isTooLong = values.some((value) => value.length > LONGEST) || `${parameters}`.length > LONGEST_TOGETHER
  return isTooLong ? 'parameter_too_long' : undefined
}
