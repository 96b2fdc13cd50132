import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** No parameter stands twice but `resource` (OAuth 2.1 section 3.1, RFC 8707 section 2). */
export const checkRepeated = (parameters: Parameters): Rule | undefined =>
  parameters.repeats() ? 'parameter_repeated' : undefined
