import type { GuardRequest } from './credentials.js'

/** As much of a form as is read to look for a second credential. */
const MOST_BYTES = 64 * 1024

/**
 * Whether a form also carries an `access_token`: with a credential in a header that is two ways at once, which RFC 6750 section 2
 * forbids. The request's own body stays unread. A form that cannot be read is not judged here.
 */
export async function formCarriesToken(request: GuardRequest): Promise<boolean> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded' || request.bodyUsed || request.clone === undefined) return false
  const reader = request.clone().body?.getReader()
  if (reader === undefined) return false
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let read = await reader.read(); !read.done && text.length < MOST_BYTES; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true })
    }
  } finally {
    reader.cancel().catch(() => {})
  }
  return new URLSearchParams(text).has('access_token')
}
