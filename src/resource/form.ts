import type { GuardRequest } from './accept.js'

/** As much of a form as is read to look for a second credential. */
const MOST_BYTES = 64 * 1024

/**
 * Whether a form also carries an `access_token`: with a credential in a header that is two ways at once, which RFC 6750 section 2
 * forbids. The request's own body stays unread. A form that cannot be read here cannot be read by the host either, and is not judged.
 */
export async function formCarriesToken(request: GuardRequest): Promise<boolean> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded' || request.clone === undefined) return false
  try {
    const { body } = request.clone()
    return body !== null && new URLSearchParams(await beginningOf(body)).has('access_token')
  } catch {
    return false
  }
}

async function beginningOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    text += decoder.decode(read.value, { stream: true })
    if (text.length < MOST_BYTES) continue
    // It is done when the host is done with its own: nothing to wait for.
    reader.cancel().catch(() => {})
    break
  }
  return text
}
