import { readBytes } from './read-bytes.js'

/*
 * Requests and answers as plain values. The objects of the fetch API cost more than most of what is done with them, so that what
 * answers requests works on these, and each adapter makes them of what its server has.
 */

/** A request: the parts of a fetch `Request` that count here. */
export interface PlainRequest {
  readonly method: string
  /** In full, as the fetch API spells it. */
  readonly url: string
  /** The path of the URL. */
  readonly path: string
  readonly headers: Pick<Headers, 'get' | 'has'>
  /** The whole body, once; `undefined` where it has more than so many bytes. Rejects where it breaks off. */
  bytes(most: number): Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** An answer; the names of its headers are in lower case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** Answers what is its own, and `undefined` to all others. `ip` is the caller's address, as far as the host can say. */
export type PlainHandler = (
  request: PlainRequest,
  from: { readonly ip?: string | undefined },
) => Promise<Answer | undefined>

export const plainRequest = (request: Request): PlainRequest => ({
  method: request.method,
  url: request.url,
  get path() {
    return new URL(request.url).pathname
  },
  headers: request.headers,
  bytes: (most) => readBytes(request.body, most),
})

export const responseOf = ({ status, headers, body }: Answer): Response => new Response(body, { status, headers })

export const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  body: response.body === null ? null : await response.text(),
})

const handlers = new WeakMap<object, PlainHandler>()

/** Remembers by what a part of the library's own is asked without the objects of the fetch API. */
export function answersPlainly<Part extends object>(part: Part, handler: PlainHandler): Part {
  handlers.set(part, handler)
  return part
}

export const plainHandlerOf = (part: object): PlainHandler | undefined => handlers.get(part)
