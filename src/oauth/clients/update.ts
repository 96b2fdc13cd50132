import { checkGift } from '../../core/authority.js'
import { TokenloopError } from '../../core/errors.js'
import type { ClientRecord } from '../../store/records.js'
import type { Context } from '../context.js'
import { changeClient, updated } from './change.js'
import { descriptionOf } from './create.js'
import { asInput, namedByStandard } from './given.js'
import { giving } from './giving.js'
import { hostView } from './host-view.js'
import { metadataOf, storedMetadata } from './metadata.js'
import { readMetadata } from './read-metadata.js'
import type { Client, UpdateClientInput } from './types.js'

/**
 * Edits a client. What users see of it is asked anew where it matters: its redirect URIs and its keys. Scopes that are taken away are gone at
 * once from all that users allowed it, and come back with the registration.
 */
export async function updateClient(context: Context, id: string, input: UpdateClientInput): Promise<Client> {
  const { by, scopes, description } = input
  const described = description === undefined ? {} : { description: descriptionOf(description) }
  const { record, now } = await changeClient(context, id, input, async (record) => {
    demandChangeable(record, input)
    const gift = scopes === undefined ? {} : { scopes: checkGift(context.catalogue, by, scopes).scopes }
    const stated = { ...withoutOtherKeys(record, input), ...namedByStandard({ ...input, ...gift }) }
    const metadata = await asInput(readMetadata(context, stated, { byHost: true }))
    const next = { ...record, ...described, metadata: storedMetadata(metadata) }
    if (JSON.stringify(next) === JSON.stringify(record)) return undefined
    const isGift = [scopes, input.jwks, input.jwksUri].some((given) => given !== undefined)
    const onlyIf = isGift ? await giving(context, by, { ...record, metadata }) : []
    return { ...updated(record, next), onlyIf }
  })
  return hostView(id, record, now)
}

function demandChangeable(record: ClientRecord, { scopes }: UpdateClientInput): void {
  if (record.origin === 'document') {
    throw new TokenloopError('invalid_input', 'the metadata of this client is what its document says')
  }
  const actsForItself = metadataOf(record.metadata)?.grant_types.includes('client_credentials')
  if (scopes !== undefined && actsForItself === true) {
    throw new TokenloopError(
      'invalid_input',
      'what a client may do for itself never changes: delete it, and make another',
    )
  }
}

/** Keys are by value or by where they are: one takes the place of the other. */
const withoutOtherKeys = ({ metadata }: ClientRecord, { jwks, jwksUri }: UpdateClientInput) => {
  const { jwks: _, jwks_uri: __, ...others } = metadata
  return jwks === undefined && jwksUri === undefined ? metadata : others
}
