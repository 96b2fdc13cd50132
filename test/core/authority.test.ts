import { describe, expect, it } from 'vitest'
import { checkCeiling, checkGift } from '../../src/core/authority.js'
import { defineCatalogue } from '../../src/core/catalogue.js'
import { account, system, user } from '../../src/core/subject.js'
import { ANYTHING, codeOf } from './support.js'

const catalogue = defineCatalogue(
  {
    read: { description: 'Read' },
    write: { description: 'Write', implies: ['read'] },
    admin: { description: 'Admin' },
  },
  { roles: { Reader: ['read'], Owner: 'all' } },
)
const writer = user('u_42', { scopes: ['write'] })
const refusal = (by: Parameters<typeof checkGift>[1], scopes?: readonly string[], roles?: readonly string[]) =>
  codeOf(() => checkGift(catalogue, by, scopes, roles))

describe('what is given', () => {
  it('is kept as it was asked for, without repetition', () => {
    expect(checkGift(catalogue, writer, ['write', 'read', 'write'], ['Reader', 'Reader'])).toEqual({
      scopes: ['write', 'read'],
      roles: ['Reader'],
    })
    expect(checkGift(catalogue, writer)).toEqual({ scopes: [], roles: [] })
  })

  it('A1.17 is never more than the actor has', () => {
    expect(refusal(writer, ['read', 'write'], ['Reader'])).toBe('nothing')
    expect(refusal(writer, ['write', 'admin'])).toBe('scope_not_allowed')
    expect(refusal(writer, [], ['Owner'])).toBe('scope_not_allowed')
    expect(refusal(user('u_42', { scopes: ['read'] }), ['write'])).toBe('scope_not_allowed')
    expect(refusal(user('u_42', { scopes: [] }), ['read'])).toBe('scope_not_allowed')
    expect(refusal(user('u_42'), ['read'])).toBe('scope_not_allowed')
    expect(refusal(user('u_42'), [], ['Reader'])).toBe('scope_not_allowed')
    expect(refusal(system, ['admin'], ['Owner'])).toBe('nothing')
  })

  it('A1.17 is not more for a token that acts than for a user', () => {
    const acting = {
      kind: 'token',
      tokenId: 'cl_1',
      owner: account('sa_7'),
      tenant: null,
      scopes: ['read'],
      generation: 1,
    } as const
    expect(refusal(acting, ['read'])).toBe('nothing')
    expect(refusal(acting, ['write'])).toBe('scope_not_allowed')
  })

  it('A1.17 is known: wildcards, unknown scopes and roles are refused, to the system too', () => {
    for (const scope of ['*', 'read:*', 'Read', 'Reader', '', 'constructor', '__proto__', 'read write']) {
      expect(refusal(system, [scope])).toBe('unknown_scope')
    }
    for (const role of ['*', 'reader', 'read', '', 'constructor', '__proto__']) {
      expect(refusal(system, [], [role])).toBe('unknown_role')
    }
  })

  it('is a list, and nothing else throws another error', () => {
    for (const value of ANYTHING.filter((value) => value !== undefined)) {
      if (Array.isArray(value) && value.length === 0) continue
      expect(['invalid_input', 'unknown_scope']).toContain(refusal(system, value as string[]))
      expect(['invalid_input', 'unknown_role']).toContain(refusal(system, [], value as string[]))
      expect(refusal(system, [value as string])).toBe('unknown_scope')
      expect(refusal(system, [], [value as string])).toBe('unknown_role')
    }
    expect(refusal(system, new Array(1))).toBe('unknown_scope')
    expect(refusal(system, [], new Array(1))).toBe('unknown_role')
  })

  it('a ceiling of names that the catalogue does not have allows nothing', () => {
    const by = user('u_42', { scopes: ['constructor', '__proto__', 'nope'] })
    expect(refusal(by, ['read'])).toBe('scope_not_allowed')
    expect(codeOf(() => checkCeiling(catalogue, by, [], []))).toBe('nothing')
  })
})
