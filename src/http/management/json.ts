import { fromUtf8 } from '../../core/bytes.js'
import { ProblemError } from '../problems.js'

/** The tokens of JSON that say where a member's name stands. A text without an end is one as well: nothing is tried twice. */
const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\],]/g

/**
 * Parses the bytes of a JSON text (RFC 8259): UTF-8 without a byte order mark, and no member named twice, which parsers are not
 * of one mind about. Throws `invalid_json`.
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = fromUtf8(bytes)
    const value: unknown = JSON.parse(text)
    if (!namesTwice(text)) return value
  } catch {
    // Not JSON; what was sent is not repeated.
  }
  throw new ProblemError('invalid_json')
}

/** Whether an object of a well-formed JSON text names a member twice, in whatever spelling. */
function namesTwice(text: string): boolean {
  /** The names of each open object; `null` for an open array. */
  const open: (Set<unknown> | null)[] = []
  let nameIsNext = false
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ',' && nameIsNext) {
      const names = open.at(-1)
      const name: unknown = JSON.parse(token)
      if (names?.has(name)) return true
      names?.add(name)
    }
    nameIsNext = token === '{' || token === ','
  }
  return false
}
