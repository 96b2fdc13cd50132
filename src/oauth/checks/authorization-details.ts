import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** No type of authorization details is known here (RFC 9396 section 5), and what is not understood must not be granted. */
export const checkAuthorizationDetails = (parameters: Parameters): Rule | undefined =>
  parameters.has('authorization_details') ? 'authorization_details' : undefined
