import { closeSync, openSync, readSync } from 'node:fs'

/** What the nearest caches of a processor hold: reading more at once takes several times as long. */
const PIECE = 64 * 1024
/** Read into over and over, for the same reason. */
const room = Buffer.allocUnsafe(PIECE)

/** The bytes of a file, piece by piece; each piece is good until the next one is asked for. */
export function* pieces(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r')
  try {
    for (let length = readSync(file, room); length > 0; length = readSync(file, room)) yield room.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

const LINE_FEED = 0x0a

function* lineFeeds(path: string): Generator<number> {
  let start = 0
  for (const piece of pieces(path)) {
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) yield start + at
    start += piece.length
  }
}

/** The lines, counted from 1, in which some offsets of a file are, given in order. */
export function linesOf(path: string, offsets: readonly number[]): readonly number[] {
  const lines: number[] = []
  let line = 1
  for (const feed of lineFeeds(path)) {
    for (let next = offsets[lines.length]; next !== undefined && next < feed; next = offsets[lines.length])
      lines.push(line)
    if (lines.length === offsets.length) return lines
    line++
  }
  return offsets.map((_, i) => lines[i] ?? line)
}
