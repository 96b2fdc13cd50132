/** One call of the system's generator fills this many bytes; drawing them singly would cost ten times as much. */
const POOL_BYTES = 8192

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/**
 * One byte of the system's generator, forgotten as soon as it is drawn.
 * Throws whatever the generator throws: without entropy nothing is issued.
 */
export function randomByte(): number {
  if (used === POOL_BYTES) {
    crypto.getRandomValues(pool)
    used = 0
  }
  const byte = pool[used] as number
  pool[used++] = 0
  return byte
}
