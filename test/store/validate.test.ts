import { describe, expect, it } from 'vitest'
import type { Kind } from '../../src/store/records.js'
import { IS_RECORD, isEventRecord } from '../../src/store/validate.js'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'

type Members = { [member: string]: unknown }
type Path = readonly string[]

const by = { kind: 'system', id: 'system' }
/** A token with a value in every place where there can be one. */
const token: Members = {
  ...SAMPLES.token,
  expiresAt: 1,
  tenant: 'ws_1',
  revoked: { at: 1, by, reason: 'leaked' },
  keepUntil: 1,
}

const cases: readonly { readonly kind: string; readonly record: Members; isRecord(value: unknown): boolean }[] = [
  ...Object.entries({ ...SAMPLES, token }).map(([kind, record]) => ({
    kind,
    record: { ...record },
    isRecord: IS_RECORD[kind as Kind],
  })),
  { kind: 'event', record: { ...SAMPLE_EVENT, id: 'e_1' }, isRecord: isEventRecord },
]

/** The host's own JSON, in which anything may stand. */
const isHosts = (path: Path) => ['metadata', 'snapshot', 'publicJwk', 'detail'].includes(path[0] as string)

/** Where there is a value, at any depth. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const inner = Object.entries(value ?? {}).flatMap(([key, part]) =>
    typeof part === 'string' || isHosts([...path, key]) ? [[...path, key]] : pathsOf(part, [...path, key]),
  )
  return path.length === 0 ? inner : [path, ...inner]
}

/** A copy of a record with one thing in it changed. */
function changed(record: Members, path: Path, change: (parent: Members, key: string) => void): Members {
  const copy: Members = structuredClone(record)
  change(
    path.slice(0, -1).reduce<Members>((part, key) => part[key] as Members, copy),
    path.at(-1) as string,
  )
  return copy
}

const valueAt = (record: Members, path: Path) => path.reduce<unknown>((part, key) => (part as Members)[key], record)

/** What must not stand in the place of a value. */
function wrongFor(right: unknown): readonly unknown[] {
  const always = [true, () => {}, Symbol('x'), 1n]
  if (typeof right === 'string') return [...always, 1, {}, ['text']]
  if (typeof right === 'number')
    return [...always, '1', -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, {}, [1]]
  if (Array.isArray(right))
    return [...always, null, 'text', {}, { 0: right[0], length: 1 }, [null], [1], [[]], [...right, 1]]
  if (right === null) return [...always, 1.5, [[]], { unknown: 1 }]
  return [...always, 1, 'text', [], [right], Object.assign(Object.create({ inherited: 1 }), right, { unknown: 1 })]
}

describe.each(cases)('a $kind', ({ kind, record, isRecord }) => {
  it('is what the library writes, also as JSON brings it back', () => {
    expect(isRecord(record)).toBe(true)
    expect(isRecord(JSON.parse(JSON.stringify(record)))).toBe(true)
    expect(isRecord(Object.assign(Object.create(null), record))).toBe(true)
  })

  it('A20.4 has no value of another type anywhere', () => {
    for (const path of pathsOf(record)) {
      for (const wrong of isHosts(path) ? [null, 1, 'text', []] : wrongFor(valueAt(record, path))) {
        const poisoned = changed(record, path, (parent, key) => {
          parent[key] = wrong
        })
        expect(isRecord(poisoned), `${path.join('.')}: ${String(wrong)}, a ${typeof wrong}`).toBe(false)
      }
    }
  })

  it('A20.4 lacks no member, and has none that is not known', () => {
    const optional = kind === 'event' ? ['owner', 'tenant', 'detail'] : []
    for (const member of Object.keys(record)) {
      const { [member]: _, ...rest } = record
      expect(isRecord(rest), `without ${member}`).toBe(optional.includes(member))
      expect(isRecord(Object.setPrototypeOf(rest, record)), `with an inherited ${member}`).toBe(false)
    }
    expect(isRecord({ ...record, unknown: null })).toBe(false)
    expect(isRecord(JSON.parse(`${JSON.stringify(record).slice(0, -1)},"__proto__":{}}`))).toBe(false)
  })

  it('is no value of another kind, and nothing else', () => {
    const others = cases.filter((other) => other.kind !== kind).map((other) => other.record)
    for (const other of [undefined, null, true, 0, '', 'text', [], {}, [record], JSON.stringify(record), ...others]) {
      expect(isRecord(other)).toBe(false)
    }
  })
})

describe('A20.4 a row edited by hand', () => {
  const withMetadata = (json: string) => ({ ...token, metadata: JSON.parse(json) })

  it.each<[string, Members]>([
    ['scopes that are no list', { ...token, scopes: 'issues:read' }],
    ['scopes with a hole', { ...token, scopes: ['issues:read', null] }],
    ['an empty scope', { ...token, scopes: [''] }],
    ['an expiry as text', { ...token, expiresAt: '4102444800123' }],
    ['an expiry as a date', { ...token, expiresAt: new Date() }],
    ['an unknown kind of owner', { ...token, owner: { kind: 'admin', id: 'u_1' } }],
    ['an owner without an id', { ...token, owner: { kind: 'user', id: '' } }],
    ['an unknown kind of actor', { ...token, createdBy: { kind: 'root', id: 'u_1' } }],
    ['a hash that is too short', { ...token, digest: { hash: 'A'.repeat(42), pepper: null } }],
    ['a hash that is too long', { ...token, digest: { hash: 'A'.repeat(44), pepper: null } }],
    ['a hash of other characters', { ...token, digest: { hash: `${'A'.repeat(42)}+`, pepper: null } }],
    ['a hash and a line break', { ...token, digest: { hash: `${'A'.repeat(43)}\n`, pepper: null } }],
    ['a generation of nothing', { ...token, generation: 0 }],
    ['a limit of nothing', { ...token, limits: [{ name: 'a', limit: 0, every: 1, refill: 1 }] }],
    ['a limit that refills all the time', { ...token, limits: [{ name: 'a', limit: 1, every: 0, refill: 1 }] }],
    ['a limit that refills by nothing', { ...token, limits: [{ name: 'a', limit: 1, every: 1, refill: 0 }] }],
    ['negative epochs', { ...token, epochs: { owner: -1, tenant: 0 } }],
    ['metadata that names __proto__', withMetadata('{"__proto__":{"admin":true}}')],
    ['metadata that names __proto__ deep inside', withMetadata('{"a":[{"__proto__":1}]}')],
    ['metadata of a million levels', { ...token, metadata: { deep: deep(1_000_000) } }],
    ['metadata with what is no JSON', { ...token, metadata: { date: new Date(), f: () => {} } }],
    ['metadata with a number that is none', { ...token, metadata: { number: Number.NaN } }],
  ])('with %s is refused', (_, row) => {
    expect(IS_RECORD.token(row)).toBe(false)
  })

  it('keeps metadata whose names only look dangerous', () => {
    expect(IS_RECORD.token(withMetadata('{"constructor":{"prototype":1},"toString":"x","hasOwnProperty":null}'))).toBe(
      true,
    )
  })
})

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = [value]
  return value
}
