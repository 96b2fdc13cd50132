import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'

/** Whether a secret is one of the client's that have not expired. An unknown client costs a digest as well. */
export function isSecretOf({ credentials }: Context, client: Client | undefined, secret: string): boolean {
  const parsed = credentials.clientSecret.parse(secret)
  if (parsed === undefined) return false
  const live = client?.record.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > client.now) ?? []
  let found = credentials.clientSecret.matches(parsed, undefined)
  for (const digest of live) found = credentials.clientSecret.matches(parsed, digest) || found
  return found
}
