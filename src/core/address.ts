/** The bytes of an IP address, 4 or 16 of them. */
export type Address = readonly number[]

/** The longest text of one: eight groups, the last two of them as IPv4. */
const LONGEST = 45

/**
 * An address in one of the forms that are not ambiguous: four decimal parts, or IPv6 (RFC 4291 section 2.2) without a zone. An IPv4
 * address mapped into IPv6 is the IPv4 address; one merely appended to `::` (deprecated by section 2.5.5.1) is none. `undefined` for
 * anything else.
 */
export function parseAddress(text: unknown): Address | undefined {
  if (typeof text !== 'string' || text.length > LONGEST) return undefined
  if (!text.includes(':')) return parseIPv4(text)
  const bytes = parseIPv6(text)
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes
}

/** The one form of an address: of IPv6, that of RFC 5952 section 4. */
export function formatAddress(address: Address): string {
  if (address.length === 4) return address.join('.')
  const groups = groupsOf(address)
  // The longest run of zeros is left out, and the first of several; one alone is no run.
  let [start, length] = [0, 1]
  for (let i = 0; i < groups.length; i++) {
    let zeros = 0
    while (groups[i + zeros] === 0) zeros++
    if (zeros > length) [start, length] = [i, zeros]
  }
  if (length === 1) return hex(groups)
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

const hex = (groups: readonly number[]) => groups.map((group) => group.toString(16)).join(':')

/** No part has a zero before it: some would read that as octal. */
function parseIPv4(text: string): Address | undefined {
  const parts = text.split('.')
  const fits = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return fits ? parts.map(Number) : undefined
}

function parseIPv6(text: string): Address | undefined {
  const last = text.slice(text.lastIndexOf(':') + 1)
  if (!last.includes('.')) return parseGroups(text)
  const address = parseIPv4(last)
  if (address === undefined || text === `::${last}`) return undefined
  return parseGroups(text.slice(0, -last.length) + hex(groupsOf(address)))
}

/** Eight groups; `::` stands for at least one of zeros. */
function parseGroups(text: string): Address | undefined {
  const [before = [], after, ...more] = text.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const missing = 8 - before.length - (after?.length ?? 0)
  if (more.length > 0 || (after === undefined ? missing !== 0 : missing < 1)) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...(after ?? [])]
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}

/** Whether 16 bytes are `::ffff:0:0/96`. */
const isMapped = (bytes: Address) => bytes.every((byte, i) => i >= 12 || byte === (i >= 10 ? 0xff : 0))

/** Two bytes each. */
const groupsOf = (address: Address): readonly number[] =>
  address.flatMap((byte, i) => (i % 2 === 0 ? [(byte << 8) | (address[i + 1] as number)] : []))
