import { TokenloopError } from '../core/errors.js'
import { checkPart, optionsOf } from '../core/options.js'
import type { Tokens } from '../tokens/tokens.js'
import type { Acceptor, Carrier } from './accept.js'

/** The options of `apiTokens`. */
export interface ApiTokensOptions {
  /** Where a token may stand; in `Authorization: Bearer` alone by default. */
  readonly from?: readonly Carrier[]
}

const OPTIONS = optionsOf<ApiTokensOptions>('apiTokens', { from: true })

/**
 * Accepts API tokens, from `Authorization: Bearer` or from headers by name. Throws `invalid_option` for what is no name of a header.
 *
 * @example
 * apiTokens(tokens, { from: ['x-api-key', 'bearer'] })
 */
export function apiTokens<Scope extends string, Role extends string>(
  tokens: Pick<Tokens<Scope, Role>, 'verify'>,
  options: ApiTokensOptions = {},
): Acceptor<'token'> {
  OPTIONS.check(options)
  checkPart('tokens', tokens, 'verify')
  const { from = ['bearer'] } = options
  const names = from.map((name) => (typeof name === 'string' ? name.toLowerCase() : ''))
  if (names.length === 0 || !names.every((name) => HEADER_NAME.test(name) && !RESERVED.has(name))) {
    throw new TokenloopError('invalid_option', "`from` names 'bearer' or headers such as 'x-api-key'")
  }
  return {
    from: names,
    async check(text, { scopes, ip, cost, stepUp }) {
      return tokens.verify(text, {
        scopes: scopes as readonly Scope[],
        ip,
        // No user signed in for a token: where that is asked for, it is refused, and a refused call burns nothing.
        ...(stepUp ? { cost: 0 } : cost !== undefined && { cost }),
      })
    },
  }
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
/** Headers that mean something else. */
const RESERVED: ReadonlySet<string> = new Set(['authorization', 'dpop', 'cookie', 'host'])
