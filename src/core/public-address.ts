import { ipaddr } from './ipaddr.js'

type Network = readonly [string, number]

/**
 * What no address on the public internet lies in (IANA special-purpose registries, RFC 6890): this host, loopback, private networks,
 * shared address space, link-local with the metadata services of clouds, documentation, benchmarks, 6to4 relays, multicast, reserved.
 */
const NOT_PUBLIC_V4: readonly Network[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Of IPv6 only this is given out for the public internet (RFC 4291 section 2.4), but for what tunnels, identifies and documents. */
const PUBLIC_V6: Network = ['2000::', 3]
const NOT_PUBLIC_V6: readonly Network[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const v4 = NOT_PUBLIC_V4.map(([base, bits]) => [ipaddr.IPv4.parse(base), bits] as const)
const v6 = NOT_PUBLIC_V6.map(([base, bits]) => [ipaddr.IPv6.parse(base), bits] as const)
const publicV6 = ipaddr.IPv6.parse(PUBLIC_V6[0])

/**
 * Whether an address, as a resolver gives it, is one of the public internet. Whatever is no address in its plain form is none, zones and
 * IPv4 mapped into IPv6 included: nobody on the public internet is reached by them.
 */
export function isPublicAddress(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.IPv4.parse(text)
    return !v4.some(([base, bits]) => address.match(base, bits))
  }
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return false
  const address = ipaddr.IPv6.parse(text)
  return address.match(publicV6, PUBLIC_V6[1]) && !v6.some(([base, bits]) => address.match(base, bits))
}
