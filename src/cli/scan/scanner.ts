import { createFind, type FindOptions, type Found, longest } from './find.js'

/** Takes bytes piece by piece, and answers what was found in each with the offsets in the whole. */
export type Scanner = (bytes: Uint8Array) => Found[]

/** Makes the scanner of one file or stream. A piece may end anywhere, and is of no more use once it was taken. */
export function createScanner(options: FindOptions): Scanner {
  const find = createFind(options)
  const reach = longest(options.formats) - 1
  /** The end of what came, in which a credential may have begun. */
  let tail: Uint8Array = new Uint8Array()
  let taken = 0

  return (bytes) => {
    const seam = joined(tail, bytes.subarray(0, reach))
    const across = find(seam).filter(({ start, end }) => start < tail.length && end > tail.length)
    const found = [...across.map(moved(taken - tail.length)), ...find(bytes).map(moved(taken))]
    // A copy: whoever reads may use the memory of a piece for the next one.
    tail = new Uint8Array((bytes.length < reach ? joined(tail, bytes) : bytes).subarray(-reach))
    taken += bytes.length
    return found
  }
}

const moved =
  (by: number) =>
  (found: Found): Found => ({ ...found, start: found.start + by, end: found.end + by })

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}
