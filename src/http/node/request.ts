import type { IncomingMessage } from 'node:http'
import type { PlainRequest } from '../../core/plain.js'
import type { Arrival } from './arrival.js'
import { IncomingBody } from './body.js'

/** What the fetch standard lets nobody send. */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/**
 * A request of Node as plain values, and as a `Request` for whoever wants one, which is made when it is asked for. The body is read
 * when somebody reads it.
 */
export class Incoming implements PlainRequest {
  readonly method: string
  readonly url: string
  readonly path: string
  readonly headers: HeaderLines
  readonly body: IncomingBody
  readonly #req: IncomingMessage
  #request: Request | undefined
  #aborter: AbortController | undefined
  #isAborted = false

  /** The largest body that can be read is in bytes. */
  constructor(arrival: Pick<Arrival, 'req' | 'bytes'>, { url, path }: Place, bodyLimit: number) {
    const { req } = arrival
    this.#req = req
    this.method = req.method ?? 'GET'
    this.url = url
    this.path = path
    this.headers = new HeaderLines(req)
    this.body = new IncomingBody(arrival, bodyLimit)
  }

  /** Whether the fetch API knows such a request. */
  get isPossible(): boolean {
    return !FORBIDDEN_METHODS.has(this.method)
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  bytes(most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.body.bytes(most)
  }

  /** The same request each time. Throws where the fetch API knows no such request. */
  request(): Request {
    this.#request ??= this.#make()
    return this.#request
  }

  /** Tells whoever works on the request that nobody waits for the answer. */
  abort(): void {
    this.#isAborted = true
    this.#aborter?.abort()
  }

  #make(): Request {
    this.#aborter = new AbortController()
    if (this.#isAborted) this.#aborter.abort()
    const { method, url } = this
    const init: RequestInit = { method, headers: pairsOf(this.#req), signal: this.#aborter.signal }
    const body = method === 'GET' || method === 'HEAD' ? undefined : this.body.stream
    return new Request(url, body === undefined ? init : { ...init, body, duplex: 'half' })
  }
}

/**
 * The headers as they came, line by line: Node's own object keeps one of several `Authorization` lines and says nothing. Lines of
 * one name are joined by a comma, so that whoever parses a field that may stand once refuses two of them.
 */
export class HeaderLines implements Pick<Headers, 'get' | 'has'> {
  readonly #lines: readonly string[]

  constructor({ rawHeaders }: IncomingMessage) {
    this.#lines = rawHeaders
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase()
    let joined: string | null = null
    for (let i = 0; i + 1 < this.#lines.length; i += 2) {
      const line = this.#lines[i] as string
      if (line.length !== wanted.length || line.toLowerCase() !== wanted) continue
      const value = this.#lines[i + 1] as string
      joined = joined === null ? value : `${joined}, ${value}`
    }
    return joined
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }
}

/** The same lines for the fetch API, which joins cookies in its own way. */
function pairsOf({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] as string, rawHeaders[i + 1] as string]
    if (!name.startsWith(':')) pairs.push([name, value])
  }
  return pairs
}

/** Targets that are the same before and after they were parsed as part of a URL: no segment that could be left out, nothing to encode. */
const PLAIN_TARGET = /^(?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)+(?:\?[\w\-.~!$&()*+,;=:@/?%]*)?$/

/** Where a request leads: its URL, and the path of that. */
export interface Place {
  readonly url: string
  readonly path: string
}

/**
 * The URL of a target below the configured origin. `undefined` for a target that is no path, or that a URL would make another
 * path of (`/a/../b`, `\`), so that no two spellings lead to one place. A host in the target counts as little as `Host`.
 */
export function placeOf(asked: string, origin: string): Place | undefined {
  const target = asked.replace(/^https?:\/\/[^/?#]*/i, '')
  const full = origin + target
  const [path = ''] = target.split('?', 1)
  if (PLAIN_TARGET.test(target)) return { url: full, path }
  if (!target.startsWith('/') || !URL.canParse(full)) return undefined
  const { pathname, hash } = new URL(full)
  return pathname === path && hash === '' ? { url: full, path } : undefined
}
