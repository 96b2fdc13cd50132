import { TokenloopError } from '../../core/errors.js'
import { frozenList } from '../../core/frozen.js'
import { Secret } from '../../core/secret.js'
import { duration } from '../../core/time.js'
import type { ClientRecord, ClientSecret } from '../../store/records.js'
import type { Context } from '../context.js'
import { changeClient } from './change.js'
import { giving } from './giving.js'
import { hostView } from './host-view.js'
import { metadataOf } from './metadata.js'
import { hasSecret, liveSecrets, type MintedSecret, newSecret, secretId } from './secrets.js'
import type { AddSecretInput, Client, ClientChangeInput, CreatedPair } from './types.js'

/** As many may overlap. */
const MOST = 10

/** Gives a client one more secret; the others go on no longer than `overlap`, where it is given. */
export async function addSecret(context: Context, id: string, input: AddSecretInput): Promise<CreatedPair> {
  const overlap = input.overlap === undefined ? undefined : duration(input.overlap, 'overlap')
  let made: MintedSecret | undefined
  const { record, now } = await changeClient(context, id, input, async (record, now) => {
    demandSecrets(record)
    const others = liveSecrets(record.secrets, now).map((secret) => endingBy(secret, overlap, now))
    const kept = liveSecrets(others, now)
    if (kept.length >= MOST) throw new TokenloopError('invalid_input', `a client has at most ${MOST} secrets`)
    made = newSecret(context, now)
    const onlyIf = await giving(context, input.by, { ...record, metadata: metadataOf(record.metadata) })
    const added = secretId(made.kept)
    return {
      next: { ...record, secrets: frozenList([...kept, made.kept]) },
      type: 'client.updated',
      detail: { added },
      onlyIf,
      isOwn: ({ secrets }) => secrets.some((secret) => secretId(secret) === added),
    }
  })
  return { client: hostView(id, record, now), secret: new Secret((made as MintedSecret).minted.text) }
}

/** An overlap shortens what a secret has left, and never adds to it. */
const endingBy = (secret: ClientSecret, overlap: number | undefined, now: number): ClientSecret =>
  overlap === undefined ? secret : { ...secret, expiresAt: Math.min(secret.expiresAt ?? Infinity, now + overlap) }

function demandSecrets({ metadata }: ClientRecord): void {
  const method = metadataOf(metadata)?.token_endpoint_auth_method
  if (method === undefined || !hasSecret(method)) {
    throw new TokenloopError('invalid_input', 'the client does not authenticate with a secret')
  }
}

/** Ends one secret of a client at once. Throws `not_found` for one that it does not have. */
export async function removeSecret(
  context: Context,
  id: string,
  listed: string,
  input: ClientChangeInput,
): Promise<Client> {
  const { record, now } = await changeClient(context, id, input, (record) => {
    const secrets = record.secrets.filter((one) => secretId(one) !== listed)
    if (secrets.length === record.secrets.length) throw new TokenloopError('not_found', 'the client has no such secret')
    return { next: { ...record, secrets: frozenList(secrets) }, type: 'client.updated', detail: { removed: listed } }
  })
  return hostView(id, record, now)
}
