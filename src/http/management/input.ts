import * as z from 'zod/mini'
import { readBody } from '../body.js'
import { type Misfit, ProblemError } from '../problems.js'
import { parseJson } from './json.js'

const MOST_MISFITS = 10

/**
 * The JSON of a request's body, or `undefined` where there is none, whatever its type says: clients name one with every request.
 * Throws as `readBody` does, or `invalid_json`.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const bytes = await readBody(request, limit)
  return bytes?.length ? parseJson(bytes) : undefined
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
