import type { JsonObject } from '../../core/json.js'
import { parseJsonObject } from '../../core/parse-json.js'
import { readBytes } from '../../core/read-bytes.js'
import { tell } from '../failure.js'

/** What came of a request. Redirects are answers, and not followed. */
export interface Answer {
  readonly url: string
  /** 0 where nothing usable came: `fault` says why. */
  readonly status: number
  readonly headers: Headers
  /** The body, where it is a JSON object that all readers read alike. */
  readonly json: JsonObject | undefined
  readonly fault?: string
}

/** How a deployment is asked: never rejects. */
export type Ask = (url: string, init?: RequestInit) => Promise<Answer>

export const MOST_BYTES = 128 * 1024

/** An origin that no page has. */
const ORIGIN = 'https://page.invalid'
const HEADERS = { accept: 'application/json', origin: ORIGIN, 'user-agent': 'tokenloop-doctor' }

/** Asks with a time for each answer, in milliseconds, all of it included, and for at most 128 KiB of it. */
export const createAsk =
  (timeout: number): Ask =>
  async (url, init = {}) => {
    const nothing = { url, status: 0, headers: new Headers(), json: undefined }
    const signal = AbortSignal.timeout(timeout)
    try {
      const headers = new Headers({ ...HEADERS, ...Object.fromEntries(new Headers(init.headers)) })
      const response = await fetch(url, { ...init, headers, redirect: 'manual', signal })
      const bytes = await readBytes(response.body, MOST_BYTES)
      if (bytes === undefined) return { ...nothing, fault: `the answer has more than ${MOST_BYTES} bytes` }
      return { url, status: response.status, headers: response.headers, json: parseJsonObject(bytes) }
    } catch (error) {
      return { ...nothing, fault: signal.aborted ? `no answer within ${timeout} ms` : tell(error).message }
    }
  }

export const isRedirect = ({ status, headers }: Answer): boolean =>
  status >= 300 && status < 400 && headers.has('location')

export const isRefusal = ({ status }: Answer): boolean => status >= 400 && status < 500
