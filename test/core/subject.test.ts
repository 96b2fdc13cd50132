import { describe, expect, it } from 'vitest'
import {
  type Actor,
  account,
  actorRef,
  ceilingOf,
  checkHolder,
  checkOwner,
  checkRealm,
  type Holder,
  type Owner,
  ownerOf,
  type Realm,
  realmOf,
  sameOwner,
  system,
  tenant,
  tenantOf,
  user,
} from '../../src/core/subject.js'
import { ANYTHING, codeOf } from './support.js'

const principal: Actor = {
  kind: 'token',
  tokenId: 'cl_0123456789a',
  owner: account('sa_7'),
  tenant: null,
  scopes: ['issues:read'],
  generation: 1,
}

describe('those who act and own', () => {
  it('are named by kind and id', () => {
    expect(user('u_42')).toEqual({ kind: 'user', id: 'u_42' })
    expect(user('u_42', { scopes: ['a'], tenant: 'ws_1' })).toEqual({
      kind: 'user',
      id: 'u_42',
      scopes: ['a'],
      tenant: 'ws_1',
    })
    expect(account('sa_7')).toEqual({ kind: 'account', id: 'sa_7' })
    expect(tenant('ws_1')).toEqual({ kind: 'tenant', id: 'ws_1' })
    expect(system).toEqual({ kind: 'system' })
    expect(Object.isFrozen(system)).toBe(true)
  })

  it.each(['', ' ', 'a\0', 'a\n', '\ud800', 'x'.repeat(256)])('refuse the id %j', (id) => {
    for (const make of [() => user(id), () => user('u', { tenant: id }), () => account(id), () => tenant(id)]) {
      expect(codeOf(make)).toBe('invalid_input')
    }
  })

  it('refuse what is no text as an id', () => {
    for (const value of ANYTHING.filter((value) => typeof value !== 'string')) {
      for (const make of [user, account, tenant]) expect(codeOf(() => make(value as string))).toBe('invalid_input')
    }
  })

  it('refuse scopes that are no list, and a text above all, which would be one of letters', () => {
    for (const scopes of ['read', { length: 1, 0: 'read' }, 1, null]) {
      expect(codeOf(() => Reflect.apply(user, undefined, ['u', { scopes }]))).toBe('invalid_input')
    }
  })

  it('A20.17 the scopes of an actor are copied', () => {
    const scopes = ['a']
    const by = user('u_42', { scopes })
    scopes.push('b')
    expect(by.scopes).toEqual(['a'])
  })
})

describe('an owner', () => {
  it('is a user or an account, and nothing more of what it came with', () => {
    expect(checkOwner(user('u_42', { scopes: ['a'], tenant: 'ws_1' }))).toEqual({ kind: 'user', id: 'u_42' })
    expect(checkOwner(account('sa_7'))).toEqual({ kind: 'account', id: 'sa_7' })
  })

  it('A1.16 is refused where it is anything else', () => {
    const wrong = [
      tenant('ws_1'),
      system,
      principal,
      { kind: 'user' },
      { id: 'u_42' },
      { kind: 'User', id: 'u' },
      ...ANYTHING,
    ]
    for (const value of wrong) expect(codeOf(() => checkOwner(value as Owner))).toBe('invalid_input')
  })

  it('and a tenant are the holders of what can be cut off', () => {
    expect(checkHolder(user('u_42', { scopes: ['a'] }))).toEqual({ kind: 'user', id: 'u_42' })
    expect(checkHolder(account('sa_7'))).toEqual({ kind: 'account', id: 'sa_7' })
    expect(checkHolder({ ...tenant('ws_1'), more: 1 } as Holder)).toEqual({ kind: 'tenant', id: 'ws_1' })
    const wrong = [system, principal, { kind: 'tenant' }, { kind: 'tenant', id: '' }, { kind: 'user' }, ...ANYTHING]
    for (const value of wrong) expect(codeOf(() => checkHolder(value as Holder))).toBe('invalid_input')
  })

  it('is another when its kind or its id differs', () => {
    expect(sameOwner(user('a'), { kind: 'user', id: 'a' })).toBe(true)
    expect(sameOwner(user('a'), account('a'))).toBe(false)
    expect(sameOwner(user('a'), user('A'))).toBe(false)
  })
})

describe('an actor', () => {
  it('is kept by kind and id alone; a token with the owner it acted for', () => {
    expect(actorRef(user('u_42', { scopes: ['a'], tenant: 'ws_1' }))).toEqual({ kind: 'user', id: 'u_42' })
    expect(actorRef(principal)).toEqual({ kind: 'token', id: 'cl_0123456789a', owner: { kind: 'account', id: 'sa_7' } })
    expect(actorRef(system)).toEqual({ kind: 'system', id: 'system' })
  })

  it('must be named: anything else is refused', () => {
    const wrong = [
      tenant('ws_1'),
      account('sa_7'),
      { kind: 'user' },
      { kind: 'token' },
      { kind: 'token', tokenId: 'cl_1' },
    ]
    for (const value of [
      ...wrong,
      { ...principal, owner: system },
      { ...principal, tokenId: '' },
      { ...principal, tokenId: 42 },
      { kind: 'System' },
      ...ANYTHING,
    ]) {
      expect(codeOf(() => actorRef(value as Actor))).toBe('invalid_input')
    }
  })

  it('may give what it has: the system everything, a user without scopes nothing', () => {
    expect(ceilingOf(system)).toBeUndefined()
    expect(ceilingOf(user('u_42'))).toEqual([])
    expect(ceilingOf(user('u_42', { scopes: ['a'] }))).toEqual(['a'])
    expect(ceilingOf(principal)).toEqual(['issues:read'])
  })

  it('is confined to the owner it acts for, but for the system', () => {
    expect(ownerOf(system)).toBeUndefined()
    expect(ownerOf(user('u_42', { scopes: ['a'] }))).toEqual({ kind: 'user', id: 'u_42' })
    expect(ownerOf(principal)).toEqual({ kind: 'account', id: 'sa_7' })
  })
})

describe('a realm', () => {
  it('is an owner, a tenant, or both, and nothing more', () => {
    const owner = user('u_42', { scopes: ['a'] })
    expect(checkRealm({ owner })).toEqual({ owner: { kind: 'user', id: 'u_42' } })
    expect(checkRealm({ tenant: 'ws_1' })).toEqual({ tenant: 'ws_1' })
    expect(checkRealm({ owner, tenant: 'ws_1', id: 'x' } as Realm)).toEqual({
      owner: { kind: 'user', id: 'u_42' },
      tenant: 'ws_1',
    })
    expect(checkRealm({})).toEqual({})
  })

  it('A1.18 is not widened to everything by a member that names nothing', () => {
    for (const value of ANYTHING.filter((value) => typeof value !== 'string')) {
      expect(codeOf(() => checkRealm({ owner: value } as Realm))).toBe('invalid_input')
      expect(codeOf(() => checkRealm({ tenant: value } as Realm))).toBe('invalid_input')
    }
    expect(codeOf(() => checkRealm({ owner: user('u_42'), tenant: undefined } as object))).toBe('invalid_input')
    for (const value of ANYTHING.filter((value) => typeof value !== 'object' || value === null)) {
      expect(codeOf(() => checkRealm(value as Realm))).toBe('invalid_input')
    }
  })

  it("is the actor's own, where the host names none", () => {
    expect(realmOf(user('u_42'))).toEqual({ owner: { kind: 'user', id: 'u_42' } })
    expect(realmOf(user('u_42', { tenant: 'ws_1' }))).toEqual({ owner: { kind: 'user', id: 'u_42' }, tenant: 'ws_1' })
    expect(realmOf(principal)).toEqual({ owner: { kind: 'account', id: 'sa_7' } })
    expect(realmOf({ ...principal, tenant: 'ws_1' })).toEqual({
      owner: { kind: 'account', id: 'sa_7' },
      tenant: 'ws_1',
    })
    expect(realmOf(system)).toEqual({})
    expect([tenantOf(system), tenantOf(user('u_42')), tenantOf(principal)]).toEqual([undefined, undefined, undefined])
    for (const value of ANYTHING) expect(codeOf(() => realmOf(value as Actor))).toBe('invalid_input')
  })
})
