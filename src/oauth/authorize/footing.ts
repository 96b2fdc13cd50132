import { hostOf } from '../checks/redirect-uri.js'
import { type Client, isPublic } from '../clients/client.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { epochsUnder, grantEpoch, grantInForce, readStanding, type Standing } from '../standing.js'
import { isAsSeen } from './allow.js'
import type { Interaction } from './interaction.js'
import type { SignedInUser } from './login.js'

/** What a user and a client stand on as a request comes: what they hang on, and what the user allowed before. */
export interface Footing {
  readonly standing: Standing
  /** What an interaction, or an authorization, begins with. */
  readonly start: Pick<Interaction, 'client' | 'tenant' | 'signIn' | 'epochs'>
}

/** Throws a `Refusal` where one of them may not act. */
export async function footingOf(
  context: Context,
  { subject, tenant, authTime, acr }: SignedInUser,
  client: Client,
): Promise<Footing> {
  const standing = await readStanding(context, { subject, tenant, client: client.id }, client)
  if (!standing.isActive) throw new Refusal('subject_inactive')
  const { epochs } = standing
  return {
    standing,
    start: {
      client: client.id,
      tenant,
      signIn: { at: authTime, acr },
      epochs: epochsUnder(epochs, grantEpoch(standing)),
    },
  }
}

/** What is asked for of a user. */
interface Wish {
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly redirectUri: string
}

/**
 * Whether a user allowed all of it before, to this very client. A public client that anybody's program could pass itself off as (OAuth 2.1
 * section 7.3.1) is asked for each time: no redirect URI but an https one on the web says who gets the code. So is one that registered
 * itself for several places: whoever allowed it something saw one of them, and nobody vouches for the others.
 */
export function isRemembered(
  { catalogue }: Context,
  standing: Standing,
  { scopes, resources, redirectUri }: Wish,
): boolean {
  const { client } = standing
  const grant = grantInForce(standing)?.record
  if (grant === undefined || !isAsSeen(client, grant) || !isAssured(client, redirectUri)) return false
  const isGranted = (scope: string) =>
    catalogue.names.includes(scope) ? catalogue.covers(grant.scopes, [scope]) : grant.scopes.includes(scope)
  return scopes.every(isGranted) && resources.every((resource) => grant.resources.includes(resource))
}

const isAssured = (client: Client, redirectUri: string): boolean =>
  (!isPublic(client) || redirectUri.startsWith('https://')) &&
  (client.record.origin !== 'dynamic' || isOfOnePlace(client))

const isOfOnePlace = ({ metadata }: Client): boolean => new Set(metadata.redirect_uris.map(hostOf)).size <= 1

/**
 * Whether a browser may be sent back to a client with nobody having answered anything: to one that the host registered, or that the user
 * has allowed something. Any other could have registered an address for nothing but that (RFC 9700 section 4.11.2).
 */
export async function isTrusted(context: Context, client: Client, user: SignedInUser | undefined): Promise<boolean> {
  if (client.record.origin === 'manual') return true
  if (user === undefined) return false
  return grantInForce((await footingOf(context, user, client)).standing) !== undefined
}
