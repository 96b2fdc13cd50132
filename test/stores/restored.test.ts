import { createAccounts, createTokens, type Event, system, type TokenStore, user } from 'tokenloop'
import { followRevocations } from 'tokenloop/resource'
import { createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { world as oauthWorld } from '../oauth/support.js'
import { backedUp, stores } from '../support/stores.js'
import { alice, bob, catalogue, draft } from '../support/world.js'

/*
 * What becomes of credentials where the last of what was written is lost: a backup of an hour ago was restored, or a replica took over that
 * had not heard of everything. The library cannot know; what it can do is never to take for alive what it knows nothing of, and to
 * give a host what it needs to say again what was lost.
 */

const databases = stores.filter(({ name }) => name !== 'memory')

const productOn = (store: TokenStore) => {
  const events: Event[] = []
  const onEvent = (event: Event) => events.push(event)
  const tokens = createTokens({ store, catalogue, prefix: 'sl', onEvent })
  return { tokens, accounts: createAccounts({ store, catalogue, onEvent }), events }
}

describe.each(databases)('R11 R69 where the last hour is lost, on $name', ({ make }) => {
  it('what was issued meanwhile is unknown, and what was changed is as it was', async () => {
    const store = await make({ clock: createClock() })
    const { tokens } = productOn(store)
    const revoked = await tokens.issue(draft)
    const rotated = await tokens.issue({ ...draft, name: 'deploy' })
    const restore = await backedUp(store)
    await tokens.revoke(revoked.token.id, { by: alice })
    const next = await tokens.rotate(rotated.token.id, { by: alice })
    const issued = await tokens.issue({ ...draft, name: 'later' })
    await restore()

    expect(await tokens.verify(issued.secret.reveal())).toMatchObject({ reason: 'unknown' })
    expect(await tokens.verify(next.secret.reveal())).toMatchObject({ reason: 'unknown' })
    expect(await tokens.verify(rotated.secret.reveal())).toMatchObject({ ok: true })
    expect(await tokens.verify(revoked.secret.reveal())).toMatchObject({ ok: true })
    const again = await tokens.issue({ ...draft, name: 'later' })
    expect(again.token.id, 'no id is given out twice').not.toBe(issued.token.id)
  })

  it('the events that the host kept say again what ended', async () => {
    const store = await make({ clock: createClock() })
    const { tokens, accounts, events } = productOn(store)
    const mine = await tokens.issue(draft)
    const leaked = await tokens.issue({ ...draft, name: 'leaked' })
    const bobs = await tokens.issue({ by: bob, owner: user('bob'), name: 'ci', scopes: ['issues:read'] })
    const restore = await backedUp(store)
    events.length = 0
    await tokens.revoke(leaked.token.id, { by: alice, reason: 'leaked in a log' })
    await accounts.suspend(user('bob'), { by: system })
    const lost = [...events]
    await restore()

    for (const { type, about = '', owner } of lost) {
      if (type === 'token.revoked') await tokens.revoke(about, { by: system, ...(owner && { within: { owner } }) })
      if (type === 'account.suspended') await accounts.suspend(user(about.slice('user:'.length)), { by: system })
    }
    expect(await tokens.verify(leaked.secret.reveal())).toMatchObject({ reason: 'revoked' })
    expect(await tokens.verify(bobs.secret.reveal())).toMatchObject({ reason: 'owner_inactive' })
    expect(await tokens.verify(mine.secret.reveal())).toMatchObject({ ok: true })
  })

  it('without them, one write an owner ends all that there was', async () => {
    const store = await make({ clock: createClock() })
    const { tokens } = productOn(store)
    const before = [
      await tokens.issue(draft),
      await tokens.issue({ by: bob, owner: user('bob'), name: 'ci', scopes: [] }),
    ]
    const restore = await backedUp(store)
    await tokens.revoke(before[0]?.token.id ?? '', { by: alice })
    await restore()

    const owners = new Map<string, (typeof before)[number]['token']['owner']>()
    let cursor: string | undefined
    do {
      const page = await tokens.list(cursor === undefined ? {} : { cursor })
      for (const { owner } of page.items) owners.set(`${owner.kind}:${owner.id}`, owner)
      cursor = page.cursor
    } while (cursor !== undefined)
    for (const owner of owners.values()) await tokens.revokeAll({ by: system, owner })
    for (const { secret } of before) expect(await tokens.verify(secret.reveal())).toMatchObject({ reason: 'revoked' })
    expect(await tokens.verify((await tokens.issue(draft)).secret.reveal())).toMatchObject({ ok: true })
  })

  it('a refresh token of a generation that the server no longer knows ends its authorization, and never works', async () => {
    const store = await make({ clock: createClock() })
    const as = await oauthWorld({ store })
    const client = await as.publicClient()
    const refresh = (token: unknown) =>
      as.post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: String(token) })
    const first = (await as.connect(client)).body.refresh_token
    const restore = await backedUp(store)
    const second = (await refresh(first)).body.refresh_token
    const third = (await refresh(second)).body.refresh_token
    await restore()

    expect((await refresh(third)).body.error).toBe('invalid_grant')
    for (const token of [first, second]) expect((await refresh(token)).body.error).toBe('invalid_grant')
  })

  it('R28 what ends afterwards reaches those who had followed the feed further than it goes', async () => {
    const clock = createClock()
    const store = await make({ clock })
    const as = await oauthWorld({ store, clock, resources: [{ id: 'https://rs.test/mcp', format: 'jwt' }] })
    const end = async () => {
      const client = await as.publicClient()
      await as.connect(client)
      const { items } = await as.auth.grants.list({ client })
      const id = items[0]?.id ?? ''
      const { record } = await store.get('grant', id)
      const epochs: readonly [number, number, number, number] = [0, 0, 0, record?.epoch ?? 0]
      await as.auth.grants.revoke(id, { by: system })
      return { client, grant: id, epochs }
    }
    await end()
    const restore = await backedUp(store)
    await end()
    const revocations = followRevocations({ store, clock })
    const judge = (of: Awaited<ReturnType<typeof end>>) =>
      revocations.judge({
        subject: 'alice',
        client: of.client,
        tenant: null,
        grant: of.grant,
        authorization: 'a',
        key: 'k',
        epochs: of.epochs,
        boundTo: null,
        issuedAt: clock.now(),
      })
    await revocations.refresh()
    await restore()
    clock.advance('10s')
    const after = await end()
    await end()
    expect(await judge(after)).toBe('revoked')
  })
})
