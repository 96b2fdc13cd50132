import { BlockList, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAddress, checkNetworks, isInNetworks } from '../../src/core/network.js'
import { ANYTHING, codeOf } from './support.js'

describe('networks', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.7/24', '192.0.2.0/24'],
    ['192.0.2.255/31', '192.0.2.254/31'],
    ['10.255.255.255/9', '10.128.0.0/9'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['::1', '::1/128'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['2001:DB8:0:0:8:800:200C:417A/127', '2001:db8::8:800:200c:417a/127'],
    ['ffff::/1', '8000::/1'],
    ['::/0', '::/0'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::ffff:c000:207', '192.0.2.7/32'],
    ['::ffff:192.0.2.7/120', '192.0.2.0/24'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207/128'],
  ])('%s is kept as %s', (given, kept) => {
    expect(checkNetworks([given])).toEqual([kept])
    expect(checkNetworks([kept])).toEqual([kept])
  })

  const REFUSED = [
    ...[
      '',
      ' ',
      '/',
      '/24',
      '192.0.2.0/',
      '192.0.2.0/33',
      '192.0.2.0/-1',
      '192.0.2.0/+8',
      '192.0.2.0/024',
      '192.0.2.0/8/8',
    ],
    ...[
      '192.0.2.0/1e1',
      '192.0.2.0/0x8',
      '192.0.2.0/ 8',
      '192.0.2.0/255.255.255.0',
      '192.0.2',
      '192.0.2.1.1',
      '192.0.2.256',
    ],
    ...[
      '0300.0.2.1',
      '192.0.2.01',
      '0xc0.0.2.1',
      '0xc0000201',
      '3221225985',
      '127.1',
      '1',
      '192.0.2.1 ',
      '192.0.2.1\n',
      'localhost',
    ],
    ...[
      '::ffff:0300.0.2.1',
      '::ffff:010.0.0.1',
      '::ffff:0x7f.0.0.1',
      '::ffff:127.1',
      '::192.0.2.1',
      '::ffff:192.0.2.0/95',
    ],
    ...[
      'fe80::1%eth0',
      '::ffff:192.0.2.1%eth0',
      '::1/129',
      '1::2::3',
      ':::',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '[::1]',
      '::1\n',
    ],
    ...['192.0.2.1:80', '*', '192.0.2.*', '１９２.0.2.1', `${'1'.repeat(100_000)}`, `::${':'.repeat(100_000)}`],
  ]
  it.each(REFUSED.map((text) => [text.slice(0, 40), text]))('%j is refused', (_, text) => {
    expect(codeOf(() => checkNetworks([text]))).toBe('invalid_network')
    expect(codeOf(() => checkNetworks(['192.0.2.1', text]))).toBe('invalid_network')
  })

  it('are a list of at most 100 texts', () => {
    expect(checkNetworks([])).toEqual([])
    expect(checkNetworks(Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`))).toHaveLength(100)
    expect(codeOf(() => checkNetworks(Array.from({ length: 101 }, () => '192.0.2.1')))).toBe('invalid_network')
    expect(codeOf(() => checkNetworks(new Array(2)))).toBe('invalid_network')
    for (const value of ANYTHING) {
      expect(codeOf(() => checkNetworks([value] as string[]))).toBe('invalid_network')
      if (!Array.isArray(value)) expect(codeOf(() => checkNetworks(value as string[]))).toBe('invalid_network')
    }
  })
})

describe('an address', () => {
  it.each([
    ['192.0.2.7', ['192.0.2.7/32']],
    ['192.0.2.7', ['10.0.0.0/8', '192.0.2.0/24']],
    ['192.0.2.0', ['192.0.2.0/24']],
    ['192.0.2.255', ['192.0.2.0/24']],
    ['255.0.0.1', ['0.0.0.0/0']],
    ['2001:db8:ffff::1', ['2001:db8::/32']],
    ['2001:DB8::1', ['2001:db8::/32']],
    ['2001:0db8:0:0:0:0:0:1', ['2001:db8::1/128']],
  ])('%s lies in %j', (ip, networks) => {
    expect(isInNetworks(ip, networks)).toBe(true)
  })

  it.each([
    ['192.0.3.0', ['192.0.2.0/24']],
    ['192.0.1.255', ['192.0.2.0/24']],
    ['192.0.2.8', ['192.0.2.7/32']],
    ['2001:db9::', ['2001:db8::/32']],
    ['::1', ['0.0.0.0/0']],
    ['192.0.2.7', ['::/0']],
    ['192.0.2.7', []],
  ])('%s does not lie in %j', (ip, networks) => {
    expect(isInNetworks(ip, networks)).toBe(false)
  })

  it('A1.26 an address mapped into IPv6 is the IPv4 address, however it is written', () => {
    for (const ip of ['::ffff:192.0.2.7', '::FFFF:192.0.2.7', '::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207']) {
      expect(isInNetworks(ip, ['192.0.2.0/24'])).toBe(true)
      expect(isInNetworks(ip, ['::/0'])).toBe(false)
      expect(isInNetworks(ip, ['10.0.0.0/8'])).toBe(false)
    }
  })

  it('A1.26 an address that only resembles a mapped one is another', () => {
    for (const ip of [
      '::192.0.2.7',
      '::c000:207',
      '64:ff9b::192.0.2.7',
      '2002:c000:207::',
      '::ffff:0:192.0.2.7',
      '::fffe:192.0.2.7',
    ]) {
      expect(isInNetworks(ip, ['192.0.2.0/24'])).toBe(false)
    }
  })

  const ambiguous = [
    ...['0300.0.2.7', '192.0.2.07', '0xc0.0.2.7', '0xc0000207', '3221225991', '192.519', '192.0.519', '192.0.2.7.'],
    ...[
      ' 192.0.2.7',
      '192.0.2.7 ',
      '192.0.2.7\0',
      '192.0.2.7/24',
      '192.0.2.7:443',
      '192.0.2.7, 10.0.0.1',
      '[::ffff:192.0.2.7]',
    ],
    ...[
      '::ffff:0300.0.2.7',
      '::ffff:0xc0.0.2.7',
      '::ffff:192.519',
      '::ffff:192.0.2.7%eth0',
      '::ffff:192.0.2.7%1',
      'fe80::1%eth0',
    ],
  ]
  it.each(ambiguous)('A1.26 the ambiguous %j lies in no network', (ip) => {
    expect(isInNetworks(ip, ['192.0.2.0/24', '0.0.0.0/0', '::/0', 'fe80::/10'])).toBe(false)
  })

  it('A1.26 a missing address, or anything else, lies in no network', () => {
    for (const value of ANYTHING) expect(isInNetworks(value, ['0.0.0.0/0', '::/0'])).toBe(false)
  })

  it('a network that no longer parses admits nobody, and hinders no other', () => {
    expect(isInNetworks('192.0.2.7', ['nonsense', '192.0.2.0/99'])).toBe(false)
    expect(isInNetworks('192.0.2.7', ['nonsense', '192.0.2.0/24'])).toBe(true)
  })

  it('is kept in its canonical form, and nothing else is kept', () => {
    expect(canonicalAddress('192.0.2.7')).toBe('192.0.2.7')
    expect(canonicalAddress('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(canonicalAddress('2001:DB8:0:0::1')).toBe('2001:db8::1')
    for (const value of [...ANYTHING, ...ambiguous, '192.0.2.7\n', 'x'.repeat(100)])
      expect(canonicalAddress(value)).toBeNull()
  })
})

describe('addresses, judged by others as well:', () => {
  const group = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('0', '0', '0000', 'ffff', '1') },
    fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16)),
  )
  const ipv4 = fc.ipV4()
  const ipv6 = fc.oneof(
    fc.ipV6(),
    fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
  )

  it('IPv6 has the form that URLs give it', () => {
    fc.assert(
      fc.property(ipv6, (text) => {
        const kept = canonicalAddress(text)
        const byUrl = new URL(`http://[${text}]/`).hostname.slice(1, -1)
        // Of the others one is IPv4 for us, and one is none.
        const isPlain = !/^::(ffff:)?[0-9a-f]*:?[0-9a-f]*$/.test(byUrl)
        if (isPlain) expect(kept).toBe(byUrl)
        expect(kept === null || canonicalAddress(kept) === kept).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('what is made of their characters is one exactly where Node says so', () => {
    const piece = fc.constantFrom(':', '::', '0', '1f', 'ffff', '12345', '.', '192.0.2.7', 'g', '%1')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
        const text = pieces.join('')
        const isOurs = isIPv6(text) && !text.includes('%') && !/^::\d+\.\d+\.\d+\.\d+$/.test(text)
        if (text.includes(':')) expect(canonicalAddress(text) !== null).toBe(isOurs)
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['ipv4', ipv4, 32],
    ['ipv6', ipv6.filter((text) => canonicalAddress(text)?.includes(':') === true), 128],
  ] as const)('%s lies in a network exactly where Node says so', (family, addresses, most) => {
    fc.assert(
      fc.property(addresses, addresses, fc.integer({ min: 0, max: most }), fc.boolean(), (base, other, bits, near) => {
        const list = new BlockList()
        list.addSubnet(base, bits, family)
        const [network] = checkNetworks([`${base}/${bits}`])
        const ip = near ? (network?.split('/')[0] as string) : other
        expect(isInNetworks(ip, [network as string])).toBe(list.check(ip, family))
      }),
      { numRuns: 2000 },
    )
  })
})
