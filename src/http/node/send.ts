import { type ServerResponse, validateHeaderValue } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Writes an answer, as fast as the client takes it. Throws before anything is written where Node would not write it; rejects
 * where the answer broke off, and the connection has ended then.
 */
export async function send(res: ServerResponse, response: Response): Promise<void> {
  const { status, headers, body } = response
  if (res.destroyed) return drop(response)
  // Node writes what it is given: checked as a whole, so that nothing is left half set.
  for (const [name, value] of headers) validateHeaderValue(name, value)

  res.statusCode = status
  for (const [name, value] of headers) {
    if (name !== 'set-cookie') res.setHeader(name, value)
    else res.appendHeader(name, value)
  }
  if (body === null || WITHOUT_BODY.has(status) || res.req.method === 'HEAD') {
    res.end()
    return drop(response)
  }
  await pipeline(Readable.fromWeb(body), res)
}

/** Tells whoever makes a body that nobody reads it. */
export function drop(response: Response | undefined): void {
  if (response?.bodyUsed === false) response.body?.cancel().catch(() => {})
}
