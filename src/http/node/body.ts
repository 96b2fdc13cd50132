import type { IncomingMessage } from 'node:http'
import type { TokenloopError } from '../../core/errors.js'
import { readBytes } from '../../core/read-bytes.js'
import { bodyRead } from '../body-read.js'
import { ProblemError } from '../problems.js'
import type { Arrival } from './arrival.js'

type Refusal = 'content_too_large' | 'unsupported_media_type'

/** Where the pieces of a body go. */
interface Sink {
  readonly piece: (bytes: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: Error) => void
}

/**
 * The body of a request on its way, up to so many bytes, counted as they come. Nothing is read before somebody asks; whoever
 * reads what is refused gets a `ProblemError`.
 */
export class IncomingBody {
  /** Why it was not read on, if it was not. */
  refusal: Refusal | undefined
  /** That something read it before, where somebody wants it and its bytes are not at hand. */
  misuse: TokenloopError | undefined
  /** Whether somebody waits for bytes that have not come. */
  awaited = false
  readonly #req: IncomingMessage
  readonly #kept: Uint8Array | undefined
  readonly #limit: number
  #received = 0
  #stream: ReadableStream<Uint8Array> | undefined
  /** Stops listening; `undefined` before anybody read. */
  #stop: (() => void) | undefined

  constructor({ req, bytes }: Pick<Arrival, 'req' | 'bytes'>, limit: number) {
    this.#req = req
    this.#kept = bytes
    this.#limit = limit
  }

  /** Piece by piece, as fast as it is read; `undefined` where the request has no body. */
  get stream(): ReadableStream<Uint8Array> | undefined {
    if (!hasBody(this.#req)) return undefined
    this.#stream ??= new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#stop?.() },
      { highWaterMark: 0 },
    )
    return this.#stream
  }

  /** As a whole, once; `undefined` where it has more than so many bytes, of which no more is read then. */
  bytes(most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#stream !== undefined || !hasBody(this.#req)) return readBytes(this.#stream ?? null, most)
    this.awaited = true
    return new Promise((resolve, reject) => {
      const pieces: Uint8Array[] = []
      this.#begin({
        piece: (bytes) => {
          pieces.push(bytes)
          if (this.#received <= most) return
          this.#stop?.()
          this.#req.pause()
          resolve(undefined)
        },
        end: () => resolve(Buffer.concat(pieces)),
        fail: reject,
      })
      this.#req.resume()
    })
  }

  #pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.awaited = true
    if (this.#stop === undefined) {
      this.#begin({
        piece: (bytes) => {
          this.awaited = false
          this.#req.pause()
          controller.enqueue(new Uint8Array(bytes))
        },
        end: () => controller.close(),
        fail: (error) => controller.error(error),
      })
    }
    this.#req.resume()
  }

  #begin({ piece, end, fail }: Sink): void {
    const req = this.#req
    const stopped = (then: () => void) => {
      this.#stop?.()
      then()
    }
    const refuse = (code: Refusal) =>
      stopped(() => {
        this.refusal = code
        fail(new ProblemError(code))
      })
    const onData = (bytes: Uint8Array) => {
      this.#received += bytes.length
      if (this.#received <= this.#limit) return piece(bytes)
      req.pause()
      refuse('content_too_large')
    }
    const onEnd = () => stopped(end)
    const onClose = () => stopped(() => fail(new Error('the request broke off')))
    this.#stop = () => {
      this.awaited = false
      req.off('data', onData).off('end', onEnd).off('close', onClose)
    }
    const { 'content-length': length, 'content-encoding': encoding = 'identity' } = req.headers
    if (encoding.toLowerCase() !== 'identity') refuse('unsupported_media_type')
    else if (Number(length ?? 0) > this.#limit) refuse('content_too_large')
    else if (this.#kept !== undefined) this.#give(this.#kept, piece, onEnd, refuse)
    else if (req.readableDidRead) stopped(() => fail(this.#misused()))
    else if (req.readableEnded) onEnd()
    else if (req.destroyed) onClose()
    else req.on('data', onData).on('end', onEnd).on('close', onClose)
  }

  #give(bytes: Uint8Array, piece: Sink['piece'], end: Sink['end'], refuse: (code: Refusal) => void): void {
    this.#received = bytes.length
    if (bytes.length > this.#limit) refuse('content_too_large')
    else {
      if (bytes.length > 0) piece(bytes)
      end()
    }
  }

  #misused(): TokenloopError {
    this.misuse = bodyRead()
    return this.misuse
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Lets go of what nobody read, so that the connection can be used again; where the rest does not come in so many milliseconds,
 * the connection ends.
 */
export function drain(req: IncomingMessage, milliseconds: number): void {
  const isEmpty = req.complete && !hasBody(req)
  if (isEmpty || req.readableEnded || req.destroyed) return
  const timer = setTimeout(() => req.destroy(), milliseconds).unref()
  req.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  req.removeAllListeners('data').resume()
}
