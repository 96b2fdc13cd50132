import { isBase62 } from '../../core/base62.js'
import { bodyLength, CHECKSUM, type CredentialFormat, fullPrefix, LONGEST_PREFIX } from '../../core/credential.js'
import { CRC32_START, crc32Before } from './crc32-before.js'

/** A credential in some bytes. Of what is secret in it, nothing is kept. */
export interface Found {
  readonly kind: string
  /** Its public id: prefix and locator. */
  readonly id: string
  readonly prefix: string
  /** The offset of its first byte, and of the first one behind it. */
  readonly start: number
  readonly end: number
}

/** Finds credentials in bytes, in the order in which they end. */
export type Find = (bytes: Uint8Array) => Found[]

/** Of what is found. */
export interface FindOptions {
  readonly formats: readonly CredentialFormat[]
  /** Only those of hosts with one of these prefixes; of any, by default. */
  readonly prefixes?: readonly string[] | undefined
}

const UNDERSCORE = 0x5f
const MOST_OF_CHECKSUM = 2 ** 32

/** What a byte is, by table: the hot loops ask nothing else. */
const BASE62 = new Uint8Array(256)
const DIGIT = new Uint8Array(256)
for (let byte = 0; byte < 128; byte++) if (isBase62(byte)) BASE62[byte] = 1
for (const [digit, byte] of [...BASE62.keys()].filter((byte) => BASE62[byte] === 1).entries()) DIGIT[byte] = digit

/** Bytes that the longest credential has. */
export const longest = (formats: readonly CredentialFormat[]): number =>
  LONGEST_PREFIX + 1 + Math.max(...formats.map(bodyLength))

/**
 * Makes what finds credentials. A body is many base62 digits in a row behind a `_`: looking at one byte in that many misses none, and
 * most bytes are never looked at. The checksum covers the prefix, so that it says where the credential begins when it is computed
 * backwards. What stands before and behind a credential does not matter, and one that is cut short or mistyped is none.
 */
export function createFind({ formats, prefixes }: FindOptions): Find {
  const lengths = formats.map((format) => ({
    format,
    length: bodyLength(format),
    fits: prefixRule(format, prefixes),
  }))
  const stride = Math.min(...lengths.map(({ length }) => length))

  return (bytes) => {
    const found: Found[] = []
    for (let at = stride - 1; at < bytes.length; at += stride) {
      const separator = separatorBefore(bytes, at, stride)
      if (separator < 1) continue
      for (const { format, length, fits } of lengths) {
        if (!hasDigits(bytes, separator + 1, length)) continue
        const start = startOf(bytes, separator, length, fits)
        if (start !== undefined) found.push(foundAt(bytes, format, start, separator, length))
      }
    }
    return found
  }
}

/** Whether credentials of a format may begin so. */
type PrefixRule = (prefix: string) => boolean

function prefixRule(format: CredentialFormat, prefixes: readonly string[] | undefined): PrefixRule {
  const known = new Set(prefixes?.map((prefix) => fullPrefix(format, prefix)))
  if (prefixes !== undefined) return (prefix) => known.has(prefix)
  const word = fullPrefix(format)
  return (prefix) => word === '' || prefix === word || prefix.endsWith(`_${word}`)
}

/** Where the `_` is that the digits around a byte stand behind, at most so many bytes before it; -1 where there is none. */
function separatorBefore(bytes: Uint8Array, at: number, most: number): number {
  const least = at - most
  let i = at
  while (i > least && BASE62[bytes[i] as number] === 1) i--
  return i < at && bytes[i] === UNDERSCORE ? i : -1
}

function hasDigits(bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length
  if (end > bytes.length) return false
  for (let i = start; i < end; i++) if (BASE62[bytes[i] as number] === 0) return false
  return true
}

/** Where the credential begins whose checksum this is; `undefined` where it is none's. */
function startOf(bytes: Uint8Array, separator: number, length: number, fits: PrefixRule): number | undefined {
  const end = separator + 1 + length
  let checksum = 0
  for (let i = end - CHECKSUM; i < end; i++) checksum = checksum * 62 + (DIGIT[bytes[i] as number] as number)
  if (checksum >= MOST_OF_CHECKSUM) return undefined
  let remainder = ~checksum
  for (let i = end - CHECKSUM - 1; i >= separator; i--) remainder = crc32Before(remainder, bytes[i] as number)
  const least = Math.max(0, separator - LONGEST_PREFIX)
  for (let i = separator - 1; i >= least; i--) {
    const byte = bytes[i] as number
    const isJoint = byte === UNDERSCORE && bytes[i + 1] !== UNDERSCORE
    if (BASE62[byte] === 0 && !isJoint) return undefined
    remainder = crc32Before(remainder, byte)
    if (remainder === CRC32_START && isLetter(byte) && fits(textOf(bytes, i, separator))) return i
  }
  return undefined
}

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end))

const foundAt = (
  bytes: Uint8Array,
  { kind, locator }: CredentialFormat,
  start: number,
  separator: number,
  length: number,
): Found => ({
  kind,
  id: textOf(bytes, start, separator + 1 + locator),
  prefix: textOf(bytes, start, separator),
  start,
  end: separator + 1 + length,
})
