import type { JsonObject } from '../../core/json.js'
import type { Answer, PlainRequest } from '../../core/plain.js'
import { system } from '../../core/subject.js'
import { isActive } from '../../store/chain.js'
import type { ClientRecord } from '../../store/records.js'
import { jsonAnswer } from '../answer.js'
import { isSecretOf } from '../client-auth/secret.js'
import { updated, writeChange } from '../clients/change.js'
import { type Client, clientOf } from '../clients/client.js'
import { storedMetadata } from '../clients/metadata.js'
import { allowedMetadata } from '../clients/policy.js'
import { readMetadata } from '../clients/read-metadata.js'
import { hasSecret, newSecret } from '../clients/secrets.js'
import { ended } from '../clients/standing.js'
import type { Context } from '../context.js'
import type { Endpoint, Peer } from '../endpoints/endpoint.js'
import { queryOf } from '../parameters.js'
import { Refusal } from '../refusal.js'
import { bearerOf, invalid } from './bearer.js'
import { metadataIn } from './body.js'
import { informationOf } from './wire.js'

/*
 * The client configuration endpoint (RFC 7592): a client that registered itself reads, replaces and deletes its registration, with the
 * token that it got then. The token stays the same, so that no lost answer locks a client out of its registration.
 */

/** A client that proved to be who it says, and the token it did so with. */
interface Proven {
  readonly client: Client
  readonly token: string
}

/** Unknown, deleted and suspended clients get the answer that a wrong token gets. Throws a `Refusal`. */
async function provenClient({ store, credentials }: Context, request: PlainRequest): Promise<Proven> {
  const token = bearerOf(request)
  const query = queryOf(request)
  const id = query.repeats() ? undefined : query.get('client_id')
  const parsed = credentials.registration.parse(token)
  if (parsed === undefined || id === undefined || id.length > 255) throw invalid('no registration access token')
  const client = clientOf(id, await store.getWith('client', id))
  const isRight = credentials.registration.matches(parsed, client?.record.registration ?? undefined)
  if (client === undefined || !isRight) throw invalid(id)
  if (client.record.status !== 'active' || !isActive(client.chain.tenant)) throw invalid(`${id} is not active`)
  return { client, token }
}

/** RFC 7592 section 2.1. The secret is not shown again: nobody has it but the client. */
export const readRegistration: Endpoint = async (context, request) => {
  const { client, token } = await provenClient(context, request)
  return jsonAnswer(200, informationOf(context, { ...client, secret: undefined, registrationToken: token }))
}

const MOST_ATTEMPTS = 20

/** RFC 7592 section 2.2: what is sent takes the place of all that was registered; what is left out falls back to its default. */
export const replaceRegistration: Endpoint = async (context, request, from) => {
  const given = await untilProven(context, request)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const answer = await replace(context, await provenClient(context, request), given, from)
    if (answer !== undefined) return answer
  }
  throw new Refusal('unavailable', { detail: 'the client keeps changing' })
}

/** The body is read once, and by nobody who has not proven to be the client. */
async function untilProven(context: Context, request: PlainRequest): Promise<JsonObject> {
  await provenClient(context, request)
  return metadataIn(request)
}

/** `undefined` where somebody else wrote first. */
async function replace(
  context: Context,
  { client, token }: Proven,
  given: JsonObject,
  { ip }: Peer,
): Promise<Answer | undefined> {
  const { id, record } = client
  demandOwn(context, client, given)
  const asked = await readMetadata(context, given, { byHost: false })
  const metadata = await allowedMetadata(context, context.registration?.policy, {
    metadata: asked,
    id,
    origin: 'dynamic',
    ...(ip !== undefined && { ip }),
    ...(record.tenant !== null && { tenant: record.tenant }),
  })
  const needsSecret = hasSecret(metadata.token_endpoint_auth_method)
  const secret = needsSecret && record.secrets.length === 0 ? newSecret(context, client.now) : undefined
  const secrets = secret === undefined ? record.secrets : [secret.kept]
  const next: ClientRecord = { ...record, metadata: storedMetadata(metadata), secrets: needsSecret ? secrets : [] }
  if (!(await writeChange(context, id, client, updated(record, next), system))) return undefined
  const of = { id, record: next, metadata, secret: secret?.minted.text, registrationToken: token }
  return jsonAnswer(200, informationOf(context, of))
}

/** What only the server sets, and a client must not send (RFC 7592 section 2.2). */
const NOT_TO_SEND = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

function demandOwn(context: Context, client: Client, given: JsonObject): void {
  const refuse = (detail: string) => new Refusal('client_metadata_invalid', { detail })
  if (given.client_id !== client.id) throw refuse('client_id')
  const { client_secret: secret } = given
  if (secret !== undefined && !(typeof secret === 'string' && isSecretOf(context, client, secret))) {
    throw refuse('client_secret')
  }
  const sent = NOT_TO_SEND.find((name) => given[name] !== undefined)
  if (sent !== undefined) throw refuse(sent)
}

/** RFC 7592 section 2.3: from this one write on nothing of it is accepted any more. */
export const deleteRegistration: Endpoint = async (context, request) => {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { client } = await provenClient(context, request)
    const change = ended(client.record, client.now, context)
    if (change && (await writeChange(context, client.id, client, change, system))) {
      return { status: 204, headers: {}, body: null }
    }
  }
  throw new Refusal('unavailable', { detail: 'the client keeps changing' })
}
