import { account, type Holder, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, world } from '../support/world.js'

describe.each(stores)('the standing of a holder, on the $name store:', ({ make }) => {
  const setting = async () => {
    const here = await world(make)
    const bot = await here.accounts.create({ by: alice, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    const of = async (place: object) => (await here.tokens.issue({ ...draft, ...place })).secret.reveal()
    const texts = {
      alice: await of({}),
      aliceInOne: await of({ tenant: 'ws_1' }),
      bobInOne: await of({ owner: user('bob'), tenant: 'ws_1' }),
      bobInTwo: await of({ owner: user('bob'), tenant: 'ws_2' }),
      bot: await of({ owner: account(bot.id) }),
      namesake: await of({ owner: user('ws_1') }),
    }
    const answers = async () => {
      const answers: Record<string, string[]> = {}
      for (const [name, text] of Object.entries(texts)) {
        const answer = await answerOf(here, text)
        answers[answer] = [...(answers[answer] ?? []), name]
      }
      return answers
    }
    const holders: Record<string, readonly [Holder, readonly string[]]> = {
      user: [user('bob'), ['bobInOne', 'bobInTwo']],
      tenant: [tenant('ws_1'), ['aliceInOne', 'bobInOne', 'bot']],
      account: [account(bot.id), ['bot']],
    }
    const everything = Object.keys(texts)
    const but = (names: readonly string[]) => everything.filter((name) => !names.includes(name))
    return { ...here, bot, of, answers, holders, everything, but }
  }

  it.each(['user', 'tenant', 'account'])(
    'a suspended %s stops all that hangs on it, until it is resumed',
    async (kind) => {
      const { accounts, answers, holders, everything, but, bare } = await setting()
      const [holder, names] = holders[kind] ?? []
      if (holder === undefined || names === undefined) throw new Error('no such holder')
      const { cursor } = await bare.changes(0, 1000)
      await accounts.suspend(holder, { by: system })
      expect(await answers()).toEqual({ ok: but(names), owner_inactive: names })
      await accounts.suspend(holder, { by: system })
      await accounts.resume(holder, { by: system })
      expect(await answers()).toEqual({ ok: everything })
      await accounts.resume(holder, { by: system })
      const { changes } = await bare.changes(cursor, 1000)
      expect(changes.map(({ effect, status }) => `${effect} ${status}`)).toEqual(['paused suspended', 'resumed active'])
    },
  )

  it.each(['user', 'tenant', 'account'])('CL11 a deleted %s ends all that hangs on it, for good', async (kind) => {
    const { accounts, tokens, answers, holders, but, bare, of } = await setting()
    const [holder, names] = holders[kind] ?? []
    if (holder === undefined || names === undefined) throw new Error('no such holder')
    const { cursor } = await bare.changes(0, 1000)
    await accounts.delete(holder, { by: system })
    expect(await answers()).toEqual({ ok: but(names), owner_inactive: names })
    await accounts.delete(holder, { by: system })
    expect(await codeOf(accounts.resume(holder, { by: system }))).toBe('ended')
    expect(await codeOf(accounts.suspend(holder, { by: system }))).toBe('ended')
    expect((await answers()).owner_inactive).toEqual(names)
    expect(await bare.changes(cursor, 1000)).toMatchObject({ changes: [{ effect: 'ended', status: 'deleted' }] })
    if (holder.kind === 'account') {
      expect(await codeOf(accounts.get(holder.id))).toBe('not_found')
      expect(await codeOf(accounts.update(holder.id, { by: system, name: 'x' }))).toBe('not_found')
      expect(await codeOf(tokens.issue({ by: system, owner: holder, name: 'x' }))).toBe('not_found')
    } else {
      const place = holder.kind === 'user' ? { owner: holder } : { tenant: holder.id }
      expect(await codeOf(of(place))).toBe('owner_inactive')
    }
  })

  it.each(['user', 'tenant', 'account'])(
    'a %s that is cut off loses all that it has now, and may get new ones at once',
    async (kind) => {
      const { accounts, tokens, answers, holders, but, bare, bot } = await setting()
      const [holder, names] = holders[kind] ?? []
      if (holder === undefined || names === undefined) throw new Error('no such holder')
      const { cursor } = await bare.changes(0, 1000)
      await accounts.cutOff(holder, { by: system })
      expect(await answers()).toEqual({ ok: but(names), revoked: names })
      expect(await bare.changes(cursor, 1000)).toMatchObject({
        changes: [{ effect: 'ended', status: 'active', epochs: { tokens: 1, grants: 1 } }],
      })
      const place = holder.kind === 'tenant' ? { owner: account(bot.id) } : { owner: holder }
      const { secret } = await tokens.issue({ ...draft, ...place })
      expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
      await accounts.cutOff(holder, { by: system })
      expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    },
  )

  it('CL10 a service account outlives the revocation of one of its tokens', async () => {
    const { tokens, bot, of, answers } = await setting()
    const second = await of({ owner: account(bot.id) })
    await tokens.revoke(second.slice(0, 14), { by: system })
    expect((await answers()).ok).toContain('bot')
  })

  it('suspensions of several are each their own: one that is resumed does not resume the others', async () => {
    const { accounts, answers } = await setting()
    await accounts.suspend(tenant('ws_1'), { by: system })
    await accounts.suspend(user('bob'), { by: system })
    await accounts.resume(tenant('ws_1'), { by: system })
    expect((await answers()).owner_inactive).toEqual(['bobInOne', 'bobInTwo'])
  })

  it('what was cut off stays so, whatever is suspended and resumed after', async () => {
    const { accounts, answers } = await setting()
    await accounts.cutOff(user('bob'), { by: system })
    await accounts.suspend(user('bob'), { by: system })
    await accounts.resume(user('bob'), { by: system })
    expect((await answers()).revoked).toEqual(['bobInOne', 'bobInTwo'])
  })

  it('an id alone is that of a service account, never of a user or a tenant', async () => {
    const { accounts, answers, everything } = await setting()
    for (const id of ['bob', 'ws_1', 'user:bob', 'tenant:ws_1']) {
      expect(await codeOf(accounts.delete(id, { by: system }))).toBe('not_found')
      expect(await codeOf(accounts.cutOff(id, { by: system }))).toBe('not_found')
    }
    expect(await answers()).toEqual({ ok: everything })
  })

  it('an actor of a tenant changes that tenant, what lies in it, and of all users itself', async () => {
    const { accounts, answers, bot, everything } = await setting()
    const by = user('alice', { scopes: catalogue.names, tenant: 'ws_2' })
    for (const holder of [user('bob'), tenant('ws_1'), account(bot.id)]) {
      for (const input of [{ by }, { by: system, within: { tenant: 'ws_2' } }]) {
        expect(await codeOf(accounts.suspend(holder, input))).toBe('not_found')
        expect(await codeOf(accounts.cutOff(holder, input))).toBe('not_found')
      }
    }
    expect(await codeOf(accounts.cutOff(user('alice'), { by, within: { tenant: 'ws_2' } }))).toBe('not_found')
    expect(await answers()).toEqual({ ok: everything })
    await accounts.cutOff(user('alice'), { by })
    await accounts.suspend(tenant('ws_2'), { by })
    expect(await answers()).toEqual({
      revoked: ['alice', 'aliceInOne'],
      owner_inactive: ['bobInTwo'],
      ok: ['bobInOne', 'bot', 'namesake'],
    })
    await accounts.cutOff(tenant('ws_2'), { by: user('x', { tenant: 'ws_9' }), within: { tenant: 'ws_2' } })
    expect((await answers()).revoked).toContain('bobInTwo')
  })

  it('wants to know who asks, and takes a confinement to nothing for a mistake', async () => {
    const { accounts, answers, everything } = await setting()
    for (const change of ['delete', 'suspend', 'resume', 'cutOff'] as const) {
      for (const input of [
        {},
        { by: undefined },
        { by: { kind: 'root' } },
        { by: system, within: {} },
        { by: system, within: undefined },
        { by: system, within: null },
        { by: system, within: { tenant: undefined } },
        { by: system, within: { owner: user('bob') } },
      ]) {
        // @ts-expect-error what is wrong with them
        expect(await codeOf(accounts[change](user('bob'), input))).toBe('invalid_input')
      }
    }
    expect(await answers()).toEqual({ ok: everything })
    await accounts.delete(user('bob'), { by: system })
    for (const by of [undefined, null, { kind: 'root' }]) {
      // @ts-expect-error nobody
      expect(await codeOf(accounts.delete(user('bob'), { by }))).toBe('invalid_input')
    }
  })

  it('who did what, and when, is in the audit trail, and told', async () => {
    const { accounts, tokens, bot, told, clock } = await setting()
    for (const change of ['suspend', 'resume', 'cutOff', 'delete'] as const) {
      clock.advance(1)
      await accounts[change](user('bob'), { by: alice })
    }
    const { items } = await tokens.audit({ account: user('bob') })
    expect(items).toMatchObject([
      { type: 'account.deleted', about: 'user:bob', by: { id: 'alice' } },
      { type: 'account.cut_off' },
      { type: 'account.resumed' },
      { type: 'account.suspended' },
    ])
    expect(told('account.cut_off')).toMatchObject([{ about: 'user:bob' }])
    await accounts.delete(tenant('ws_1'), { by: alice })
    await accounts.delete(bot.id, { by: alice })
    expect((await tokens.audit({ tenant: 'ws_1', actor: alice })).items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['account.deleted', 'account.deleted']),
    )
  })
})
