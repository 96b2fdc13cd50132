import { readBytes } from '../core/read-bytes.js'
import { ProblemError } from './problems.js'

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i

/**
 * The bytes of a request's body, which says that it is JSON; `undefined` where there is none. Throws `unsupported_media_type`,
 * `content_too_large`, or `invalid_request` for a body that breaks off.
 */
export async function readBody({ headers, body }: Request, limit: number): Promise<Uint8Array | undefined> {
  const type = headers.get('content-type')
  const encoding = headers.get('content-encoding') ?? 'identity'
  if ((type !== null && !JSON_TYPE.test(type)) || encoding.toLowerCase() !== 'identity') {
    throw new ProblemError('unsupported_media_type')
  }
  if (Number(headers.get('content-length')) > limit) throw new ProblemError('content_too_large')
  const bytes = await readBytes(body, limit).catch((cause: unknown) => {
    throw new ProblemError('invalid_request', { cause })
  })
  if (bytes === undefined) throw new ProblemError('content_too_large')
  if (type !== null) return bytes
  if (bytes.length > 0) throw new ProblemError('unsupported_media_type')
  return undefined
}
