import { fromUtf8 } from '../core/bytes.js'
import type { PlainRequest } from '../core/plain.js'
import { Refusal } from './refusal.js'

/** The largest body of a form, in bytes. */
const MOST_BYTES = 64 * 1024
/** As many parameters are read at the most. */
const MOST = 100
/** RFC 8707 section 2: it may stand several times. */
const MANY: ReadonlySet<string> = new Set(['resource'])

/** The parameters of a request. One without a value counts as absent (RFC 6749 section 3.1). */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  get names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** Whether a parameter that may stand once stands more often: the one that is named, or any. */
  repeats(name?: string): boolean {
    if (name !== undefined) return this.all(name).length > 1
    for (const [name, values] of this.#values) if (values.length > 1 && !MANY.has(name)) return true
    return false
  }

  /** Each name with each of its values. */
  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (const [name, values] of this.#values) for (const value of values) yield [name, value]
  }

  /** The same parameters, for an address. */
  toString(): string {
    return new URLSearchParams([...this]).toString()
  }

  /** The same parameters but for some, which take another value, or go. */
  with(changes: Readonly<Record<string, string | undefined>>): Parameters {
    const values = new Map(this.#values)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) values.delete(name)
      else values.set(name, [value])
    }
    return new Parameters(values)
  }
}

/**
 * Reads `application/x-www-form-urlencoded` strictly (OAuth 2.1 appendix B): what is no UTF-8, or has a percent sign that begins no
 * octet, is refused and never replaced. `undefined` for such a text.
 */
export function parseForm(text: string): Parameters | undefined {
  const values = new Map<string, string[]>()
  let count = 0
  for (const pair of text.split('&')) {
    if (pair === '') continue
    if (++count > MOST) return undefined
    const split = pair.indexOf('=')
    const name = decoded(split === -1 ? pair : pair.slice(0, split))
    const value = decoded(split === -1 ? '' : pair.slice(split + 1))
    if (name === undefined || value === undefined) return undefined
    if (value === '') continue
    const before = values.get(name)
    if (before === undefined) values.set(name, [value])
    else before.push(value)
  }
  return new Parameters(values)
}

const ENCODED = /[%+]/

function decoded(text: string): string | undefined {
  if (!ENCODED.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The parameters of an address. Throws a `Refusal`. */
export function queryOf(request: Pick<PlainRequest, 'url'>): Parameters {
  const [address = ''] = request.url.split('#', 1)
  const begin = address.indexOf('?') + 1
  const query = begin === 0 ? '' : address.slice(begin)
  const parameters = query.length < MOST_BYTES ? parseForm(query) : undefined
  if (parameters === undefined) throw new Refusal('unreadable')
  return parameters
}

const FORM = /^application\/x-www-form-urlencoded[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i

/** The parameters of a form in the body. What is in the address does not count. Throws a `Refusal`. */
export async function formOf(request: PlainRequest): Promise<Parameters> {
  if (!FORM.test(request.headers.get('content-type') ?? '')) throw new Refusal('content_type')
  if (request.headers.has('content-encoding')) throw new Refusal('content_encoding', { status: 415 })
  const bytes = await bodyOf(request, MOST_BYTES)
  const parameters = parseForm(textOf(bytes))
  if (parameters === undefined) throw new Refusal('unreadable')
  return parameters
}

/** The body, up to so many bytes. Throws a `Refusal`. */
export async function bodyOf(request: PlainRequest, most: number): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  try {
    bytes = await request.bytes(most)
  } catch (error) {
    throw new Refusal('unreadable', { detail: error instanceof Error ? error.name : 'body' })
  }
  if (bytes === undefined) throw new Refusal('body_too_large', { status: 413 })
  return bytes
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw new Refusal('unreadable')
  }
}
