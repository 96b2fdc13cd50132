import type { IncomingMessage } from 'node:http'
import type { TokenloopError } from '../../core/errors.js'
import { bodyRead } from '../body-read.js'
import { ProblemError } from '../problems.js'
import type { Arrival } from './request.js'

type Controller = ReadableStreamDefaultController<Uint8Array>
type Refusal = 'content_too_large' | 'unsupported_media_type'

/**
 * The body of a request on its way, up to so many bytes, counted as they come. Nothing is read before the stream is; whoever
 * reads what is refused gets a `ProblemError`.
 */
export class IncomingBody {
  /** `undefined` where the request has no body. */
  readonly stream: ReadableStream<Uint8Array> | undefined
  /** Why it was not read on, if it was not. */
  refusal: Refusal | undefined
  /** That it was read before, if somebody wants it and its bytes are not at hand. */
  misuse: TokenloopError | undefined
  /** Whether somebody waits for bytes that have not come. */
  awaited = false
  readonly #req: IncomingMessage
  readonly #bytes: Uint8Array | undefined
  readonly #limit: number
  #received = 0
  /** Stops listening; `undefined` before anybody read. */
  #stop: (() => void) | undefined

  constructor({ req, bytes }: Pick<Arrival, 'req' | 'bytes'>, limit: number) {
    this.#req = req
    this.#bytes = bytes
    this.#limit = limit
    if (!hasBody(req)) return
    this.stream = new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#stop?.() },
      { highWaterMark: 0 },
    )
  }

  #pull(controller: Controller): void {
    this.awaited = true
    if (this.#stop === undefined) this.#begin(controller)
    this.#req.resume()
  }

  #begin(controller: Controller): void {
    const req = this.#req
    const events = {
      data: (chunk: Uint8Array) => this.#take(chunk, controller),
      end: () => {
        this.#stop?.()
        controller.close()
      },
      close: () => {
        this.#stop?.()
        controller.error(new Error('the request broke off'))
      },
    }
    this.#stop = () => {
      this.awaited = false
      for (const [event, listener] of Object.entries(events)) req.off(event, listener)
    }
    const { 'content-length': length, 'content-encoding': encoding = 'identity' } = req.headers
    if (encoding.toLowerCase() !== 'identity') this.#refuse('unsupported_media_type', controller)
    else if (Number(length ?? 0) > this.#limit) this.#refuse('content_too_large', controller)
    else if (this.#bytes !== undefined) this.#takeWhole(this.#bytes, controller)
    else if (req.readableDidRead) this.#misused(controller)
    else if (req.readableEnded) events.end()
    else if (req.destroyed) events.close()
    else for (const [event, listener] of Object.entries(events)) req.on(event, listener)
  }

  #take(chunk: Uint8Array, controller: Controller): void {
    this.awaited = false
    this.#received += chunk.length
    this.#req.pause()
    if (this.#received > this.#limit) this.#refuse('content_too_large', controller)
    else controller.enqueue(new Uint8Array(chunk))
  }

  #takeWhole(bytes: Uint8Array, controller: Controller): void {
    this.#stop?.()
    if (bytes.length > this.#limit) this.#refuse('content_too_large', controller)
    else {
      if (bytes.length > 0) controller.enqueue(new Uint8Array(bytes))
      controller.close()
    }
  }

  #misused(controller: Controller): void {
    this.#stop?.()
    this.misuse = bodyRead()
    controller.error(this.misuse)
  }

  #refuse(code: Refusal, controller: Controller): void {
    this.#stop?.()
    this.refusal = code
    controller.error(new ProblemError(code))
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Lets go of what nobody read, so that the connection can be used again; where the rest does not come in so many milliseconds,
 * the connection ends.
 */
export function drain(req: IncomingMessage, milliseconds: number): void {
  if (req.readableEnded || req.destroyed) return
  const timer = setTimeout(() => req.destroy(), milliseconds).unref()
  req.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  req.removeAllListeners('data').resume()
}
