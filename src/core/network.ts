import { type Address, formatAddress, parseAddress } from './address.js'
import { TokenloopError } from './errors.js'
import { frozenList } from './frozen.js'

/** An address in its canonical form, or `null` for whatever is none: safe to store. */
export function canonicalAddress(text: unknown): string | null {
  const address = parseAddress(text)
  return address === undefined ? null : formatAddress(address)
}

interface Network {
  readonly base: Address
  /** How many bits an address must have in common with it. */
  readonly bits: number
}

function parseNetwork(text: string): Network | undefined {
  const [base = '', bits, ...more] = text.split('/')
  const address = parseAddress(base)
  if (address === undefined || more.length > 0) return undefined
  const most = address.length * 8
  if (bits === undefined) return { base: address, bits: most }
  const mapped = most === 32 && base.includes(':') ? 96 : 0
  const length = /^(0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) - mapped : -1
  return length >= 0 && length <= most ? { base: address, bits: length } : undefined
}

/** An address with all bits after the first so many cleared. */
const masked = (address: Address, bits: number): Address =>
  address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))))

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
    const { base, bits } = network
    return `${formatAddress(masked(base, bits))}/${bits}`
  })
  return frozenList(networks)
}

/** Whether an address lies in one of the networks. A missing or malformed address lies in none. */
export function isInNetworks(ip: unknown, networks: readonly string[]): boolean {
  const address = parseAddress(ip)
  if (address === undefined) return false
  return networks.some((text) => {
    const network = parseNetwork(text)
    if (network === undefined || network.base.length !== address.length) return false
    const base = masked(network.base, network.bits)
    return masked(address, network.bits).every((byte, i) => byte === base[i])
  })
}
