import type { Json } from '../core/json.js'

/** Where the words of a command go. */
export interface Output {
  /** A part of the result, to stdout; nothing under `--json`, where the result comes as one document. */
  line(text: string): void
  /** What people should know besides, to stderr. */
  note(text: string): void
  /** What is being done, for whoever watches a terminal; the next words take its place. */
  progress(text: () => string): void
}

/** The streams of a process, as far as they are used. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** Between two words about progress, in milliseconds. */
const PAUSE = 100
const CLEAR = '\r\x1b[2K'

export interface Terminal extends Output {
  /** The one document of `--json`; nothing without it. */
  document(value: Json): void
  /** Takes back what was said about progress. */
  end(): void
}

export function createOutput({ stdout, stderr }: Streams, isJson: boolean): Terminal {
  let saidAt = Number.NEGATIVE_INFINITY
  let isShown = false
  const end = () => {
    if (isShown) stderr.write(CLEAR)
    isShown = false
  }
  return {
    line(text) {
      end()
      if (!isJson) stdout.write(`${text}\n`)
    },
    note(text) {
      end()
      stderr.write(`${text}\n`)
    },
    progress(text) {
      const now = performance.now()
      if (stderr.isTTY !== true || now - saidAt < PAUSE) return
      saidAt = now
      isShown = true
      stderr.write(CLEAR + text())
    },
    document(value) {
      if (isJson) stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    end,
  }
}
