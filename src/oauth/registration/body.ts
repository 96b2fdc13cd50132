import type { JsonObject } from '../../core/json.js'
import { parseJsonObject } from '../../core/parse-json.js'
import type { PlainRequest } from '../../core/plain.js'
import { bodyOf } from '../parameters.js'
import { Refusal } from '../refusal.js'

/** The largest registration, in bytes. */
const MOST_BYTES = 256 * 1024
const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i

/** The metadata in a body of JSON (RFC 7591 section 3.1). Throws a `Refusal`. */
export async function metadataIn(request: PlainRequest): Promise<JsonObject> {
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new Refusal('content_type_json', { status: 415 })
  }
  if (request.headers.has('content-encoding')) throw new Refusal('content_encoding', { status: 415 })
  const given = parseJsonObject(await bodyOf(request, MOST_BYTES), 'drop')
  if (given === undefined) throw new Refusal('client_metadata_invalid', { detail: 'no JSON object' })
  return given
}
