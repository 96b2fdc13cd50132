import { fromBase64url } from '../../core/bytes.js'

const [SEQUENCE, INTEGER] = [0x30, 0x02]
/** Of each of the two numbers in what ES256 verifies. */
const NUMBER_BYTES = 32
/** Base64 of the longest signature in DER. */
const LONGEST = 96

/**
 * An ECDSA signature in base64 of DER (RFC 3279 section 2.2.3), as `r` and `s` in 64 bytes. `undefined` for anything but the one
 * encoding that DER has for it, so that no signature has two spellings.
 */
export function signatureOf(text: string): Uint8Array | undefined {
  if (text.length > LONGEST || text.length % 4 !== 0) return undefined
  const der = fromBase64url(
    text
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_'),
  )
  return der === undefined || /[-_]/.test(text) ? undefined : rawSignature(der)
}

/** `r` and `s` of a signature in DER. */
export function rawSignature(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined
  const r = integerAt(der, 2)
  const s = r && integerAt(der, r.end)
  if (r === undefined || s?.end !== der.length) return undefined
  const raw = new Uint8Array(2 * NUMBER_BYTES)
  raw.set(r.bytes, NUMBER_BYTES - r.bytes.length)
  raw.set(s.bytes, 2 * NUMBER_BYTES - s.bytes.length)
  return raw
}

/** A positive integer, without its leading zero; in DER it has one exactly where it would be negative without it. */
function integerAt(der: Uint8Array, at: number): { bytes: Uint8Array; end: number } | undefined {
  const [tag, length = 0, first = 0x80, second = 0] = der.subarray(at, at + 4)
  const end = at + 2 + length
  if (tag !== INTEGER || length === 0 || end > der.length || first >= 0x80) return undefined
  if (first === 0 && length > 1 && second < 0x80) return undefined
  const bytes = der.subarray(first === 0 ? at + 3 : at + 2, end)
  return bytes.length <= NUMBER_BYTES ? { bytes, end } : undefined
}
