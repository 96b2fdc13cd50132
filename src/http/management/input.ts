import * as z from 'zod/mini'
import { type Misfit, ProblemError } from '../problems.js'
import { parseJson } from './json.js'

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i
const MOST_MISFITS = 10

/**
 * The JSON of a request's body, or `undefined` where there is none. Throws `unsupported_media_type`, `content_too_large`,
 * `invalid_request` for a body that breaks off, or `invalid_json`.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const type = request.headers.get('content-type')
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if ((type !== null && !JSON_TYPE.test(type)) || encoding.toLowerCase() !== 'identity') {
    throw new ProblemError('unsupported_media_type')
  }
  const bytes = await readBytes(request, limit)
  if (type !== null) return parseJson(bytes)
  if (bytes.length > 0) throw new ProblemError('unsupported_media_type')
  return undefined
}

async function readBytes({ headers, body }: Request, limit: number): Promise<Uint8Array> {
  if (Number(headers.get('content-length')) > limit) throw new ProblemError('content_too_large')
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.length
      if (length > limit) throw new ProblemError('content_too_large')
      chunks.push(read.value)
    }
  } catch (cause) {
    reader.cancel().catch(() => {})
    throw cause instanceof ProblemError ? cause : new ProblemError('invalid_request', { cause })
  }
  return joined(chunks, length)
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/** The query of a URL, each parameter once. Throws `invalid_input` for one that is named twice. */
export function readQuery({ searchParams }: URL): Readonly<Record<string, string>> {
  const names = [...searchParams.keys()]
  if (new Set(names).size < names.length) throw new ProblemError('invalid_input')
  return Object.fromEntries(searchParams)
}

/** A value that fits its schema. Throws `invalid_input` with the places that do not, which are those the schema knows. */
export function checked<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
  place: 'pointer' | 'parameter',
): z.output<S> {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  const paths = new Set(result.error.issues.map(({ path }) => path.join('/')))
  throw new ProblemError('invalid_input', {
    errors: [...paths]
      .slice(0, MOST_MISFITS)
      .flatMap((path): Misfit[] =>
        place === 'pointer' ? [{ pointer: `#${path && `/${path}`}` }] : path ? [{ parameter: path }] : [],
      ),
  })
}
