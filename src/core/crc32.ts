/** The reflected polynomial of CRC-32 (ISO 3309, as in zip and PNG). */
const POLYNOMIAL = 0xedb88320

/** What each byte does to the remainder. */
export const CRC32_TABLE: Uint32Array = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  CRC32_TABLE[byte] = remainder
}

/** CRC-32 of the first `length` characters of an ASCII text. */
export function crc32(text: string, length = text.length): number {
  let remainder = 0xffffffff
  for (let i = 0; i < length; i++) {
    remainder = (CRC32_TABLE[(remainder ^ text.charCodeAt(i)) & 0xff] as number) ^ (remainder >>> 8)
  }
  return (remainder ^ 0xffffffff) >>> 0
}
