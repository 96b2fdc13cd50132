import { type ServerResponse, validateHeaderValue } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer } from '../../core/plain.js'

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Writes an answer, as fast as the client takes it. Throws before anything is written where Node would not write it; rejects
 * where the answer broke off, and the connection has ended then.
 */
export async function send(res: ServerResponse, answer: Response | Answer): Promise<void> {
  // Gone, or answered by something else meanwhile, such as a time limit of the host's.
  if (res.destroyed || res.headersSent) return drop(answer)
  if (!(answer instanceof Response)) return sendText(res, answer)
  const lines = linesOf(answer)
  const { status, body } = answer

  res.statusCode = status
  for (const [name, value] of lines) {
    if (name !== 'set-cookie') res.setHeader(name, value)
    else res.appendHeader(name, value)
  }
  if (body === null || isBare(answer, res.req.method)) {
    res.end()
    return drop(answer)
  }
  const { chunks, isAll } = await atHand(body)
  if (isAll) return sendWhole(res, chunks)
  for (const chunk of chunks) res.write(chunk)
  await pipeline(Readable.fromWeb(body), res)
}

/** The header lines of an answer. Node writes what it is given: checked as a whole, so that nothing is left half set. Throws where it is not fit. */
export function linesOf({ headers }: Response | Answer): readonly (readonly [name: string, value: string])[] {
  const lines = headers instanceof Headers ? [...headers] : Object.entries(headers)
  for (const [name, value] of lines) validateHeaderValue(name, value)
  return lines
}

/** Whether an answer to such a request has no body, whatever it holds. */
export const isBare = ({ status, body }: Response | Answer, method: string | undefined): boolean =>
  body === null || WITHOUT_BODY.has(status) || method === 'HEAD'

/** With its head in one write. */
function sendText(res: ServerResponse, { status, headers, body }: Answer): void {
  if (body === null) res.writeHead(status, headers).end()
  else res.writeHead(status, Object.assign({}, headers, { 'content-length': Buffer.byteLength(body) })).end(body)
}

/** In one piece, of a length that is told. */
function sendWhole(res: ServerResponse, [chunk = new Uint8Array()]: readonly Uint8Array[]): void {
  if (!res.hasHeader('content-length')) res.setHeader('content-length', chunk.byteLength)
  res.end(chunk)
}

/** Whether all that went wrong is that the client is no longer there. */
export const hasLeft = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'

/** What is one piece is seen to be so when a second one does not come. */
const MOST_AT_HAND = 2

/**
 * What can be read of a body without waiting for it, and whether that is all: most answers are one piece that is there when they are
 * sent. Whatever comes later, or breaks off, is left for whoever reads on.
 */
export async function atHand(
  body: ReadableStream<Uint8Array>,
): Promise<{ chunks: readonly Uint8Array[]; isAll: boolean }> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  const read = async (): Promise<boolean> => {
    while (chunks.length < MOST_AT_HAND) {
      const { done, value } = await reader.read()
      if (done) return true
      chunks.push(value)
    }
    return false
  }
  const reading = read().catch(() => false)
  const soon = new Promise<false>((resolve) => setImmediate(resolve, false))
  const isAll = await Promise.race([reading, soon])
  reader.releaseLock()
  await reading
  return { chunks, isAll }
}

/** Tells whoever makes a body that nobody reads it. */
export function drop(answer: Response | Answer | undefined): void {
  if (answer instanceof Response && !answer.bodyUsed) answer.body?.cancel().catch(() => {})
}
