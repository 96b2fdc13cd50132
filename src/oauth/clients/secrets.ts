import type { MintedCredential } from '../../core/credential.js'
import { tupleKey } from '../../core/digest.js'
import type { ClientSecret } from '../../store/records.js'
import type { Context } from '../context.js'
import type { AuthMethod } from './metadata.js'

/** A new secret, and what is kept of it. */
export interface MintedSecret {
  readonly minted: MintedCredential
  readonly kept: ClientSecret
}

/** Whether a client that authenticates so has a secret. */
export const hasSecret = (method: AuthMethod): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post'

/** A new secret that does not expire. */
export function newSecret({ credentials: { clientSecret } }: Context, now: number): MintedSecret {
  const minted = clientSecret.mint()
  return { minted, kept: { ...clientSecret.make(minted), createdAt: now, expiresAt: null } }
}

/** What a secret is called where it is listed: it tells nothing of the secret, nor of its digest. */
export const secretId = ({ hash }: ClientSecret): string => `cs_${tupleKey('client_secret_id', hash).slice(0, 16)}`

/** Those that have not expired. */
export const liveSecrets = (secrets: readonly ClientSecret[], now: number): readonly ClientSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
