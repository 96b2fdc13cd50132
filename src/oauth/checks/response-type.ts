import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** There is one flow: the code (OAuth 2.1 section 4.1.1). It comes back in the query. */
export function checkResponseType(parameters: Parameters): Rule | undefined {
  const type = parameters.get('response_type')
  if (type === undefined) return 'parameter_missing'
  if (type !== 'code') return 'response_type_unsupported'
  const mode = parameters.get('response_mode')
  return mode === undefined || mode === 'query' ? undefined : 'response_mode_unsupported'
}
