import { TokenloopError } from './errors.js'
import { frozenList } from './frozen.js'
import { ipaddr } from './ipaddr.js'

type Address = ReturnType<typeof ipaddr.parse>

/**
 * An address in one of the forms that are not ambiguous: four decimal parts, or IPv6 without a zone. An IPv4 address
 * mapped into IPv6 is the IPv4 address; one merely appended to `::` (deprecated by RFC 4291 section 2.5.5.1) is none.
 * `undefined` for anything else.
 */
function parseAddress(text: unknown): Address | undefined {
  if (typeof text !== 'string' || text.length > 45) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const tail = text.slice(text.lastIndexOf(':') + 1)
  if (tail.includes('.') && (text === `::${tail}` || !ipaddr.IPv4.isValidFourPartDecimal(tail))) return undefined
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  return ipaddr.process(text)
}

/** An address in its canonical form, or `null` for whatever is none: safe to store. */
export const canonicalAddress = (text: unknown): string | null => parseAddress(text)?.toString() ?? null

function parseNetwork(text: string): [Address, number] | undefined {
  const [base, bits, ...more] = text.split('/')
  const address = parseAddress(base)
  if (address === undefined || more.length > 0) return undefined
  const most = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, most]
  const mapped = address.kind() === 'ipv4' && (base as string).includes(':') ? 96 : 0
  const length = /^(0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) - mapped : -1
  return length >= 0 && length <= most ? [address, length] : undefined
}

/**
 * Networks in their canonical form: `192.0.2.7/32`, `2001:db8::/32`. A network mapped into IPv6 becomes the IPv4 network,
 * and bits beyond the mask are cleared. Throws `invalid_network`.
 */
export function checkNetworks(values: readonly string[]): readonly string[] {
  if (!Array.isArray(values) || values.length > 100) {
    throw new TokenloopError('invalid_network', 'networks is a list of at most 100 addresses or CIDR blocks')
  }
  const networks = [...values].map((value: unknown) => {
    const network = typeof value === 'string' ? parseNetwork(value) : undefined
    if (network === undefined) {
      throw new TokenloopError('invalid_network', 'a network is an IP address or a CIDR block such as 192.0.2.0/24')
    }
    const [address, length] = network
    const masked = address.toByteArray().map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, length - i * 8))))
    return `${ipaddr.fromByteArray(masked).toString()}/${length}`
  })
  return frozenList(networks)
}

/** Whether an address lies in one of the networks. A missing or malformed address lies in none. */
export function isInNetworks(ip: unknown, networks: readonly string[]): boolean {
  const address = parseAddress(ip)
  if (address === undefined) return false
  return networks.some((text) => {
    const network = parseNetwork(text)
    return network !== undefined && network[0].kind() === address.kind() && address.match(network[0], network[1])
  })
}
