import { isPkceChallenge } from '../../core/pkce.js'
import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** Every client brings an S256 challenge (OAuth 2.1 section 7.6, RFC 7636 section 4.3). A method that is absent would mean `plain`. */
export function checkChallenge(parameters: Parameters): Rule | undefined {
  const challenge = parameters.get('code_challenge')
  if (challenge === undefined) return 'challenge_missing'
  if (parameters.get('code_challenge_method') !== 'S256') return 'challenge_method'
  return isPkceChallenge(challenge) ? undefined : 'challenge_malformed'
}
