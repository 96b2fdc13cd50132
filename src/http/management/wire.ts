import type * as z from 'zod/mini'
import type { ServiceAccount } from '../../accounts/types.js'
import type { Duration } from '../../core/time.js'
import type { PageOf } from '../../store/pages.js'
import type { Issued, Token } from '../../tokens/types.js'
import type * as schemas from './schemas.js'

/** The last moment that RFC 3339 can write. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const momentOf = (milliseconds: number): string => new Date(Math.min(milliseconds, LAST)).toISOString()
const momentOrNull = (milliseconds: number | null | undefined) =>
  milliseconds === null || milliseconds === undefined ? null : momentOf(milliseconds)

/** A token as it goes over the wire. */
export const tokenOf = (token: Token): z.output<typeof schemas.Token> => ({
  id: token.id,
  name: token.name,
  scopes: [...token.scopes],
  created_at: momentOf(token.createdAt),
  expires_at: momentOrNull(token.expiresAt),
  last_used_at: momentOrNull(token.use?.at),
})

/** The one answer that shows the secret. */
export const issuedOf = ({ token, secret }: Issued): z.output<typeof schemas.IssuedToken> => ({
  ...tokenOf(token),
  secret: secret.reveal(),
})

export const accountOf = (account: ServiceAccount): z.output<typeof schemas.ServiceAccount> => ({
  id: account.id,
  name: account.name,
  scopes: [...account.scopes],
  created_at: momentOf(account.createdAt),
})

export const pageOf = <Item, Wire>({ items, cursor }: PageOf<Item>, wireOf: (item: Item) => Wire) => ({
  data: items.map(wireOf),
  next_cursor: cursor ?? null,
})

/** What a body asks a new token's expiry to be. */
export const expiryOf = ({ expires_at, expires_in }: AskedExpiry) => ({
  ...(expires_at !== undefined && { expiresAt: expires_at === null ? null : Date.parse(expires_at) }),
  ...(expires_in !== undefined && { expiresIn: expires_in }),
})

interface AskedExpiry {
  readonly expires_at?: string | null | undefined
  readonly expires_in?: Duration | 'never' | undefined
}
