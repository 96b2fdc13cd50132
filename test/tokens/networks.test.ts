import { describe, expect, it } from 'vitest'
import { nearStores } from '../support/stores.js'
import { alice, codeOf, draft, world } from '../support/world.js'

describe.each(nearStores)('allowed networks, on the $name store,', ({ make }) => {
  const bound = async (networks: readonly string[]) => {
    const here = await world(make)
    const { secret, token } = await here.tokens.issue({ ...draft, networks })
    const from = async (ip: unknown) => {
      // @ts-expect-error whatever came with the request
      const seen = await here.tokens.verify(secret.reveal(), { ip })
      return seen.ok ? 'ok' : seen.reason
    }
    return { ...here, from, token }
  }

  it('A1.26 let a token be used from there alone; a missing or odd address fails closed', async () => {
    const { from } = await bound(['192.0.2.0/24', '2001:db8::/32'])
    for (const ip of [
      '192.0.2.0',
      '192.0.2.255',
      '::ffff:192.0.2.7',
      '::ffff:c000:207',
      '2001:db8::1',
      '2001:DB8:0::1',
    ]) {
      expect(await from(ip), ip).toBe('ok')
    }
    for (const ip of [
      '192.0.3.1',
      '2001:db9::1',
      '::192.0.2.7',
      undefined,
      null,
      '',
      '192.0.2.7, 198.51.100.1',
      '192.0.2.7 ',
      '192.0.2.07',
      '0xc0000207',
      '3221225991',
      '192.0.2',
      '192.0.2.7:443',
      '[2001:db8::1]',
      '2001:db8::1%eth0',
      7,
      ['192.0.2.7'],
      { toString: () => '192.0.2.7' },
    ]) {
      expect(await from(ip), String(ip)).toBe('ip_not_allowed')
    }
  })

  it('A1.26 are not asked where there are none', async () => {
    const { from } = await bound([])
    expect(await from(undefined)).toBe('ok')
    expect(await from('nonsense')).toBe('ok')
  })

  it('are kept in their canonical form, and replaced by an edit from the next check on', async () => {
    const { tokens, token, from } = await bound(['192.0.2.77/24', '::ffff:198.51.100.0/120', '2001:DB8::1'])
    expect(token.networks).toEqual(['192.0.2.0/24', '198.51.100.0/24', '2001:db8::1/128'])
    await tokens.update(token.id, { by: alice, networks: ['203.0.113.9'] })
    expect(await from('192.0.2.1')).toBe('ip_not_allowed')
    expect(await from('203.0.113.9')).toBe('ok')
    await tokens.update(token.id, { by: alice, networks: [] })
    expect(await from(undefined)).toBe('ok')
  })

  it.each([
    ['0.0.0.0/33'],
    ['192.0.2.0/-1'],
    ['192.0.2.0/24/24'],
    ['192.0.2.0/'],
    ['10.1'],
    ['localhost'],
    ['::/129'],
    [''],
    [7],
  ])('refuse %j', async (network) => {
    const { tokens } = await world(make)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.issue({ ...draft, networks: [network] }))).toBe('invalid_network')
  })

  it('refuse what is no list, in an edit too, and more than a hundred', async () => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue(draft)
    for (const networks of ['192.0.2.0/24', null, Array(101).fill('192.0.2.1')]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.update(token.id, { by: alice, networks }))).toBe('invalid_network')
    }
  })
})
