import { describe, expect, it } from 'vitest'
import { defineCatalogue } from '../../src/core/catalogue.js'
import { ANYTHING, codeOf } from './support.js'

const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues', group: 'Data' },
    'issues:write': { description: 'Create and update issues', group: 'Data', implies: ['issues:read'] },
    ping: { description: 'Ask whether it is up' },
    'workspace:admin': { description: 'Manage service accounts', group: 'Admin', implies: ['issues:write'] },
    'reports:read': { description: 'Read reports', group: 'Data' },
  },
  { roles: { 'Read Only': ['issues:read', 'reports:read'], Admin: 'all' } },
)

/** Names that every object has, or that a careless lookup would find. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', 'size', 'length']

describe('what a catalogue tells', () => {
  it('every scope and every role, in the order of the definition', () => {
    expect(catalogue.names).toEqual(['issues:read', 'issues:write', 'ping', 'workspace:admin', 'reports:read'])
    expect(catalogue.roleNames).toEqual(['Read Only', 'Admin'])
  })

  it('its groups, with what a person reads before giving a scope away', () => {
    expect(catalogue.groups.map(({ name, scopes }) => [name, scopes.map((scope) => scope.name)])).toEqual([
      ['Data', ['issues:read', 'issues:write', 'reports:read']],
      ['', ['ping']],
      ['Admin', ['workspace:admin']],
    ])
    expect(catalogue.groups[0]?.scopes[1]).toEqual({
      name: 'issues:write',
      description: 'Create and update issues',
      group: 'Data',
      implies: ['issues:read'],
    })
    expect(catalogue.describe('ping')).toEqual({ name: 'ping', description: 'Ask whether it is up', implies: [] })
  })

  it('which scopes allow what cannot be undone', () => {
    const { groups, describe } = defineCatalogue({
      keep: { description: 'Keep', destructive: false },
      wipe: { description: 'Delete everything', destructive: true },
    })
    expect(describe('wipe')).toMatchObject({ destructive: true })
    expect(describe('keep')).not.toHaveProperty('destructive')
    expect(groups[0]?.scopes.filter(({ destructive }) => destructive).map(({ name }) => name)).toEqual(['wipe'])
    const wrong = { a: { description: 'A', destructive: JSON.parse('"yes"') } }
    expect(codeOf(() => defineCatalogue(wrong))).toBe('invalid_option')
  })

  it('nothing of a scope that it does not have', () => {
    for (const name of ['issues:reed', '', ...INHERITED]) {
      expect(codeOf(() => catalogue.describe(name as 'ping'))).toBe('unknown_scope')
    }
  })

  it('which names are roles', () => {
    expect(catalogue.isRole('Read Only')).toBe(true)
    for (const name of ['read only', 'issues:read', '', ...INHERITED]) expect(catalogue.isRole(name)).toBe(false)
  })
})

describe('what is asked for', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['a list', ['issues:write', 'ping'], ['issues:write', 'ping']],
    ['the wire form', 'issues:write ping', ['issues:write', 'ping']],
    ['one scope', 'ping', ['ping']],
    ['an empty list', [], []],
    ['an empty text', '', []],
    ['repetitions', 'ping ping issues:read ping', ['ping', 'issues:read']],
  ])('%s is parsed as it came, without repetition and without what is implied', (_, value, scopes) => {
    expect(catalogue.parse(value)).toEqual({ ok: true, scopes })
  })

  it.each([
    ['an unknown scope', 'issues:read admin', 'admin'],
    ['a wildcard', ['*'], '*'],
    ['another case', ['Issues:read'], 'Issues:read'],
    ['a role', ['Admin'], 'Admin'],
  ])('%s is unknown, and named', (_, value, which) => {
    expect(catalogue.parse(value)).toEqual({ ok: false, reason: 'unknown', which })
  })

  const ungrammatical = [
    'read\nadmin',
    'issues:read\tping',
    'issues:read  ping',
    'issues:read ',
    ' issues:read',
    ' ',
    'ping"',
    'ping\\',
    'ping\0',
    'ping\u2028',
    'ping\u00a0issues:read',
    'p\u0456ng',
    'ping,issues:read\x7f',
    'p'.repeat(256),
    'p'.repeat(65_536),
    'p'.repeat(10_000_000),
    Array.from({ length: 10_000 }, (_, i) => `scope:${i}`).join(' '),
    Array.from({ length: 5000 }, () => 'ping').join(' '),
    Array.from({ length: 1001 }, () => 'ping'),
    ['issues:read ping'],
    [''],
    ['ping', null],
    ['ping', ['issues:read']],
    [undefined],
    new Array(3),
    { 0: 'ping', length: 1 },
    new Set(['ping']),
  ]
  it.each(ungrammatical.map((value) => [JSON.stringify(value)?.slice(0, 60), value]))(
    '%s is malformed, and nothing of it is repeated',
    (_, value) => expect(catalogue.parse(value)).toEqual({ ok: false, reason: 'malformed' }),
  )

  it('anything at all is taken without an exception, and gives nothing', () => {
    for (const value of ANYTHING) {
      const parsed = catalogue.parse(value)
      if (parsed.ok) expect(parsed.scopes).toEqual([])
    }
  })

  it('A20.14 names that every object has are unknown, and give nothing', () => {
    for (const name of INHERITED) {
      expect(catalogue.parse([name])).toEqual({ ok: false, reason: 'unknown', which: name })
      expect(catalogue.parse(`ping ${name}`)).toEqual({ ok: false, reason: 'unknown', which: name })
      expect(catalogue.resolve([name], [name])).toEqual([])
      expect(catalogue.narrow([name], [...catalogue.names, name])).toEqual([])
      expect(catalogue.covers([name], ['ping'])).toBe(false)
      expect(catalogue.covers(catalogue.names, [name])).toBe(false)
      expect(catalogue.covers([name], [name])).toBe(false)
      expect(catalogue.format([name])).toBe('')
    }
  })

  it('is formatted in the order of the definition, without repetition and without what is unknown', () => {
    expect(catalogue.format(['ping', 'issues:read', 'nope', 'ping'])).toBe('issues:read ping')
    expect(catalogue.format([])).toBe('')
  })
})

describe('what a holder may do', () => {
  it('everything that is implied, however far, and in order', () => {
    expect(catalogue.resolve(['workspace:admin'])).toEqual(['issues:read', 'issues:write', 'workspace:admin'])
    expect(catalogue.resolve(['ping'], ['Read Only'])).toEqual(['issues:read', 'ping', 'reports:read'])
    expect(catalogue.resolve([], ['Admin'])).toEqual(catalogue.names)
  })

  it('nothing, where there is nothing or nothing known', () => {
    expect(catalogue.resolve([])).toEqual([])
    expect(catalogue.resolve(['nope'], ['Nobody'])).toEqual([])
    expect(catalogue.covers([], ['ping'])).toBe(false)
    expect(catalogue.covers([], [])).toBe(true)
  })

  it('is narrowed to what the ceiling covers, implied scopes included', () => {
    expect(catalogue.narrow(['workspace:admin', 'ping'], ['issues:write'])).toEqual(['issues:read', 'issues:write'])
    expect(catalogue.narrow(['issues:read'], ['workspace:admin'])).toEqual(['issues:read'])
    expect(catalogue.narrow(catalogue.names, [])).toEqual([])
  })

  it('scopes that imply each other come together', () => {
    const circular = defineCatalogue({
      a: { description: 'A', implies: ['b'] },
      b: { description: 'B', implies: ['c', 'b'] },
      c: { description: 'C', implies: ['a'] },
      d: { description: 'D' },
    })
    for (const scope of ['a', 'b', 'c']) expect(circular.resolve([scope])).toEqual(['a', 'b', 'c'])
    expect(circular.covers(['c'], ['b'])).toBe(true)
    expect(circular.covers(['c'], ['d'])).toBe(false)
  })
})

describe('a definition', () => {
  it('A20.14 may use names that every object has, each as a scope of its own', () => {
    const definitions = JSON.parse(
      '{"__proto__":{"description":"P"},"constructor":{"description":"C"},"a":{"description":"A"}}',
    )
    const odd = defineCatalogue(definitions as Record<string, { description: string }>, {
      roles: JSON.parse('{"__proto__":["constructor"]}') as Record<string, string[]>,
    })
    expect(odd.names).toEqual(['__proto__', 'constructor', 'a'])
    expect(odd.resolve(['__proto__'])).toEqual(['__proto__'])
    expect(odd.resolve([], ['__proto__'])).toEqual(['constructor'])
    expect(odd.resolve([], ['constructor'])).toEqual([])
    expect(odd.covers(['__proto__'], ['a'])).toBe(false)
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })

  it('A20.17 is copied: what the host changes later changes nothing', () => {
    const reader: ('read' | 'write')[] = ['read']
    const implied: ('read' | 'write')[] = []
    const read = { description: 'Read', implies: implied }
    const mutable = defineCatalogue({ read, write: { description: 'Write' } }, { roles: { reader } })
    reader.push('write')
    implied.push('write')
    read.description = 'Anything'
    expect(mutable.resolve(['read'], ['reader'])).toEqual(['read'])
    expect(mutable.describe('read').description).toBe('Read')
  })

  it('A20.17 hands out nothing that could be changed', () => {
    const found = catalogue.describe('issues:write')
    const parts = [catalogue, catalogue.names, catalogue.roleNames, catalogue.groups, found, found.implies]
    for (const part of [...parts, ...catalogue.groups, ...catalogue.groups.map(({ scopes }) => scopes)]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it.each(['', 'a b', 'a"', 'a\\', 'é', 'a\n', 'x'.repeat(256)])('refuses the scope name %j', (name) => {
    expect(codeOf(() => defineCatalogue({ [name]: { description: 'x' } }))).toBe('invalid_option')
  })

  it.each(['', '  ', 'a\n', '\ud800', 'x'.repeat(256)])('refuses the name %j of a role', (name) => {
    const roles = { [name]: 'all' as const }
    expect(codeOf(() => defineCatalogue({ a: { description: 'x' } }, { roles }))).toBe('invalid_option')
  })

  it.each<[string, () => unknown]>([
    ['without a scope', () => defineCatalogue({})],
    ['that implies an unknown scope', () => defineCatalogue({ a: { description: 'A', implies: ['b' as 'a'] } })],
    ['with an empty role', () => defineCatalogue({ a: { description: 'A' } }, { roles: { r: [] } })],
    [
      'with a role of an unknown scope',
      () => defineCatalogue({ a: { description: 'A' } }, { roles: { r: ['b' as 'a'] } }),
    ],
    ...[{}, { description: 7 }, { description: 'A', group: 7 }, { description: 'A', implies: 7 }].map(
      (wrong): [string, () => unknown] => [
        `with a scope of ${JSON.stringify(wrong)}`,
        () => defineCatalogue({ a: wrong } as never),
      ],
    ),
    ['with a role of nothing', () => defineCatalogue({ a: { description: 'A' } }, { roles: { r: null } } as never)],
    ['with a role of a text', () => defineCatalogue({ a: { description: 'A' } }, { roles: { r: 'every' as 'all' } })],
  ])('refuses a catalogue %s', (_, define) => {
    expect(codeOf(define)).toBe('invalid_option')
  })
})
