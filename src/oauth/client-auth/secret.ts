import type { Client } from '../clients/client.js'
import { liveSecrets } from '../clients/secrets.js'
import type { Context } from '../context.js'

/** Whether a secret is one of the client's that have not expired. An unknown client costs a digest as well. */
export function isSecretOf({ credentials }: Context, client: Client | undefined, secret: string): boolean {
  const parsed = credentials.clientSecret.parse(secret)
  if (parsed === undefined) return false
  const [first, ...others] = client === undefined ? [] : liveSecrets(client.record.secrets, client.now)
  let found = credentials.clientSecret.matches(parsed, first)
  for (const digest of others) found = credentials.clientSecret.matches(parsed, digest) || found
  return found
}
