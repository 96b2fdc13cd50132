import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { TokenloopError } from '../../core/errors.js'
import { canonicalAddress } from '../../core/network.js'

export interface Limits {
  readonly timeout: number
  readonly bytes: number
}

/** What is asked of a host whose addresses were checked. */
export interface Asking {
  readonly accept: string
  /** The only ones that are connected to. */
  readonly addresses: readonly string[]
  /** Ends everything: the time for the whole answer is over. */
  readonly signal: AbortSignal
  readonly limits: Limits
  readonly ca?: string
}

/** All of an answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array<ArrayBuffer>
}

const MOST_HEADER_BYTES = 16 * 1024
const MOST_HEADERS = 100

/** One `GET` over a connection of its own, to one of the addresses, within the limits. Rejects with `unavailable`. */
export function get(url: URL, asking: Asking): Promise<Answer> {
  const { accept, addresses, signal, ca } = asking
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) => {
      reject(new TokenloopError('unavailable', why, { cause }))
      sent.destroy()
    }
    const sent = request(url, {
      method: 'GET',
      headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'tokenloop' },
      // No agent that others share, which could have a proxy, credentials or a connection of its own.
      agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      lookup: pinned(addresses),
      maxHeaderSize: MOST_HEADER_BYTES,
      signal,
      ...(ca !== undefined && { ca }),
    })
    sent.on('error', (cause) =>
      fail(signal.aborted ? 'the answer took too long' : 'the host could not be reached', cause),
    )
    sent.on('socket', (socket) =>
      socket.on('connect', () => {
        if (!addresses.some((address) => isSame(address, socket.remoteAddress)))
          fail('another address was connected to')
      }),
    )
    sent.on('response', (message) => {
      const refusal = refusalOf(message, asking)
      if (refusal !== undefined) return fail(refusal)
      collect(message, asking, resolve, fail)
    })
    sent.end()
  })
}

/** Whether an address is the one that was checked, in whatever form either of them is written. */
const isSame = (address: string, reached: string | undefined): boolean =>
  canonicalAddress(address) === canonicalAddress(reached)

/** Gives the connection the addresses that were checked: the name is not resolved a second time. */
const pinned =
  (addresses: readonly string[]): LookupFunction =>
  (_name, { all }, done) => {
    const known = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const [first] = known
    if (all) done(null, known)
    else done(null, first?.address ?? '', first?.family ?? 4)
  }

function refusalOf({ headers, rawHeaders }: IncomingMessage, { limits }: Asking): string | undefined {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') return 'the answer is compressed, which was not asked for'
  if (rawHeaders.length > MOST_HEADERS * 2) return 'the answer has too many headers'
  return Number(headers['content-length'] ?? 0) > limits.bytes ? 'the answer is too large' : undefined
}

function collect(
  message: IncomingMessage,
  { limits, signal }: Asking,
  resolve: (answer: Answer) => void,
  fail: (why: string, cause?: unknown) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  message.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > limits.bytes) return fail('the answer is too large')
    chunks.push(chunk)
  })
  message.on('error', (cause) => fail(signal.aborted ? 'the answer took too long' : 'the answer broke off', cause))
  message.on('end', () => {
    if (!message.complete) return fail('the answer broke off')
    const { statusCode: status = 0 } = message
    if (status < 200 || status > 599) return fail('the answer has no status')
    resolve({ status, headers: headersOf(message), bytes: new Uint8Array(Buffer.concat(chunks)) })
  })
}

/** Cookies are nobody's here. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    if (!/^(?:set-cookie2?|transfer-encoding|connection)$/i.test(name)) headers.append(name, value)
  }
  return headers
}
