import { CRC32_TABLE } from '../../core/crc32.js'

/** What is left before the first byte, as a signed number; after the last one it is the complement of the CRC-32. */
export const CRC32_START = -1

/** Which entry of the table has a top byte: no two have the same. */
const ENTRY = new Uint8Array(256)
for (const [entry, value] of CRC32_TABLE.entries()) ENTRY[value >>> 24] = entry

/** What was left before a byte came to it: one step of the computation, undone. */
export function crc32Before(remainder: number, byte: number): number {
  const entry = ENTRY[remainder >>> 24] as number
  return ((remainder ^ (CRC32_TABLE[entry] as number)) << 8) | (entry ^ byte)
}
