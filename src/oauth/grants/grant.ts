import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'
import type { Parameters } from '../parameters.js'
import type { Prover } from '../proof.js'

/** A request to the token endpoint whose client is authenticated. */
export interface TokenRequest extends Pick<Prover, 'prove'> {
  readonly client: Client
  readonly parameters: Parameters
}

/** What a client gets (RFC 6749 section 5.1); what is `undefined` is left out. Times are seconds. */
export interface TokenSet {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token: string | undefined
  readonly refresh_token_expires_in: number | undefined
  readonly id_token: string | undefined
}

/** Answers a token request of one grant type. Throws a `Refusal`. */
export type Grant = (context: Context, request: TokenRequest) => Promise<TokenSet>
