import type { IncomingMessage, ServerResponse } from 'node:http'
import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import { type Duration, delay } from '../../core/time.js'
import { type ErrorListener, safeReport } from '../report.js'

/** A request of Node, with what frameworks put on it. */
export type NodeRequest = IncomingMessage & {
  readonly originalUrl?: string
  readonly ip?: string | undefined
  /** Whatever a parser made of the body. */
  readonly body?: unknown
  /** The bytes that a parser kept. */
  readonly rawBody?: unknown
}

/** What `http.createServer` takes, and what frameworks in its manner take as a middleware. */
export type NodeListener = (req: NodeRequest, res: ServerResponse, next?: (error?: unknown) => void) => void

/** The options of `toNodeListener` and `mount`. */
export interface NodeOptions {
  /**
   * Where the server is, such as `https://api.acme.dev`, `http://localhost` by default; requests have URLs below it, whatever their
   * `Host` says.
   */
  readonly origin?: string
  /** The largest body that a handler can read, in bytes; 1 MiB by default. */
  readonly bodyLimit?: number
  /** How long a request may take until its answer begins; 30 seconds by default, from 1ms to 24d. */
  readonly timeout?: Duration
  /** Told about every error that was answered with 500 or 503, and about answers that broke off. */
  readonly onError?: ErrorListener
}

const OPTIONS = optionsOf<NodeOptions>('a listener', { origin: true, bodyLimit: true, timeout: true, onError: true })

/** The options, read once. */
export interface Settings {
  readonly origin: string
  /** Bytes. */
  readonly bodyLimit: number
  /** Milliseconds. */
  readonly timeout: number
  readonly report: (error: unknown) => void
}

/** Reads the options. Throws `invalid_option`. */
export function createSettings(options: NodeOptions): Settings {
  OPTIONS.check(options)
  const { origin = 'http://localhost', bodyLimit = 1024 * 1024, timeout = '30s', onError } = options
  if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw new TokenloopError('invalid_option', "origin is a scheme and a host, such as 'https://api.acme.dev'")
  }
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 0) {
    throw new TokenloopError('invalid_option', 'bodyLimit is a number of bytes')
  }
  return { origin, bodyLimit, timeout: delay(timeout, 'timeout'), report: safeReport(onError) }
}
