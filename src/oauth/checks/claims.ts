import { utf8 } from '../../core/bytes.js'
import { parseJsonObject } from '../../core/parse-json.js'
import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/**
 * The claims parameter (OpenID Connect Core section 5.5) is not supported, which the metadata says: claims come with scopes. Who sends
 * one that can be read gets what the scopes give; one that cannot be is refused.
 */
export function checkClaims(parameters: Parameters): Rule | undefined {
  const text = parameters.get('claims')
  return text === undefined || parseJsonObject(utf8(text)) !== undefined ? undefined : 'claims_unsupported'
}
