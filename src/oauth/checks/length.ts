import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** The longest parameter, in characters: state, hints and claims included. */
export const LONGEST = 4096
/** All of them together, as an address has them: what came in a form has to fit into the address that a login leads back to. */
const LONGEST_TOGETHER = 12_000

/** A unit of UTF-16 takes at most three bytes, each of three characters. */
const LONGEST_UNIT = 9

export function checkLength(parameters: Parameters): Rule | undefined {
  let units = 0
  for (const [name, value] of parameters) {
    if (name.length > LONGEST || value.length > LONGEST) return 'parameter_too_long'
    units += name.length + value.length + 2
  }
  // Few have to be written out to be known to fit.
  const fits = units * LONGEST_UNIT <= LONGEST_TOGETHER || `${parameters}`.length <= LONGEST_TOGETHER
  return fits ? undefined : 'parameter_too_long'
}
