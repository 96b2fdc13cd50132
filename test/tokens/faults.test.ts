import { account, system, user } from 'tokenloop'
import { type FaultPoint, faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { nearStores } from '../support/stores.js'
import { alice, answerOf, codeOf, draft, replaceAt, resealed, type WorldOptions, world } from '../support/world.js'

const METHODS = ['get', 'getWith', 'find', 'write', 'list', 'touch', 'spend'] as const

/** What a store may do to a call: fail before it, lose its answer, fail as drivers do, or throw what is no error. */
const FAULTS: Readonly<Record<string, { point: FaultPoint; error?: unknown }>> = {
  'fails before': { point: 'before' },
  'loses the answer of': { point: 'after' },
  'cannot order': { point: 'serialization' },
  'throws null in': { point: 'before', error: null },
  'throws a text after': { point: 'after', error: 'ECONNRESET' },
  'says that a name is taken in': { point: 'before', error: Object.assign(new Error('dup'), { code: '23505' }) },
}

type Setting = Awaited<ReturnType<typeof prepare>>

const OPTIONS: WorldOptions = { uniqueNames: true, sealWith: [{ id: 's', key: new Uint8Array(32) }] }

async function prepare(
  make: (typeof nearStores)[number]['make'],
  fault: { point: FaultPoint; error?: unknown },
  nth?: number,
) {
  const plans = Object.fromEntries(METHODS.map((method) => [method, { ...fault, method, ...(nth && { nth }) }]))
  const here = await world(make, { ...OPTIONS, wrap: (store) => faultyStore(store, plans) })
  const store = here.store as ReturnType<typeof faultyStore>
  store.off()
  const bot = await here.accounts.create({ by: alice, name: 'bot', scopes: ['issues:read'] })
  const limits = [{ name: 'calls', limit: 1000 }]
  const good = await here.tokens.issue({ ...draft, name: 'good', limits })
  const dead = await here.tokens.issue({ ...draft, name: 'dead' })
  await here.tokens.revoke(dead.token.id, { by: alice })
  const wrong = resealed(good.secret.reveal(), (body) => replaceAt(body, 20))
  return { ...here, store, bot, id: good.token.id, text: good.secret.reveal(), dead: dead.secret.reveal(), wrong }
}

/** Every operation that reaches the store, with what must be so once it has been asked for again without faults. */
const OPERATIONS: Readonly<
  Record<string, { run: (of: Setting) => Promise<unknown>; holds?: (of: Setting) => Promise<void> }>
> = {
  get: { run: ({ tokens, id }) => tokens.get(id) },
  list: { run: ({ tokens }) => tokens.list() },
  due: { run: ({ tokens }) => tokens.due({ within: '10y', unusedFor: 0 }) },
  audit: { run: ({ tokens }) => tokens.audit() },
  flush: {
    run: async ({ tokens, text }) => {
      await tokens.verify(text)
      await tokens.flush()
    },
  },
  update: {
    run: ({ tokens, id }) => tokens.update(id, { by: alice, name: 'renamed', scopes: ['issues:write'] }),
    holds: async ({ tokens, id }) =>
      expect(await tokens.get(id)).toMatchObject({ name: 'renamed', scopes: ['issues:write'] }),
  },
  pause: {
    run: ({ tokens, id }) => tokens.pause(id, { by: alice }),
    holds: async (of) => expect(await answerOf(of, of.text)).toBe('paused'),
  },
  resume: { run: ({ tokens, id }) => tokens.resume(id, { by: alice }) },
  rotate: {
    run: ({ tokens, id }) => tokens.rotate(id, { by: alice, overlap: '1h' }),
    holds: async (of) => expect(['ok', 'unknown']).toContain(await answerOf(of, of.text)),
  },
  reveal: { run: ({ tokens, id }) => tokens.reveal(id, { by: alice }) },
  revoke: {
    run: ({ tokens, id }) => tokens.revoke(id, { by: alice }),
    holds: async (of) => expect(await answerOf(of, of.text)).toBe('revoked'),
  },
  'revoke all': {
    run: ({ tokens }) => tokens.revokeAll({ by: system, owner: user('alice') }),
    holds: async (of) => {
      expect(await answerOf(of, of.text)).toBe('revoked')
      const next = await of.tokens.issue({ ...draft, name: 'next' })
      expect(await answerOf(of, next.secret.reveal())).toBe('ok')
    },
  },
  'issue for an account': {
    run: ({ tokens, bot }) => tokens.issue({ by: alice, owner: account(bot.id), name: crypto.randomUUID() }),
  },
  'issue in a tenant': { run: ({ tokens }) => tokens.issue({ ...draft, tenant: 'ws_1', name: crypto.randomUUID() }) },
  'create an account': { run: ({ accounts }) => accounts.create({ by: alice, tenant: 'ws_1', name: 'b', scopes: [] }) },
  'get an account': { run: ({ accounts, bot }) => accounts.get(bot.id) },
  'list accounts': { run: ({ accounts }) => accounts.list() },
  'update an account': {
    run: ({ accounts, bot }) => accounts.update(bot.id, { by: alice, name: 'renamed' }),
    holds: async ({ accounts, bot }) => expect((await accounts.get(bot.id)).name).toBe('renamed'),
  },
  suspend: {
    run: ({ accounts }) => accounts.suspend(user('alice'), { by: system }),
    holds: async (of) => expect(await answerOf(of, of.text)).toBe('owner_inactive'),
  },
  'resume an owner': { run: ({ accounts }) => accounts.resume(user('alice'), { by: system }) },
  'cut off': {
    run: ({ accounts }) => accounts.cutOff(user('alice'), { by: system }),
    holds: async (of) => expect(await answerOf(of, of.text)).toBe('revoked'),
  },
  delete: {
    run: ({ accounts }) => accounts.delete(user('alice'), { by: system }),
    holds: async (of) => expect(await answerOf(of, of.text)).toBe('owner_inactive'),
  },
}

const matrix = METHODS.flatMap((method) => Object.keys(FAULTS).map((fault) => [fault, method] as const))

describe.each(nearStores)('R67 a fault of the $name store', ({ make }) => {
  it.each(matrix)(
    'that %s %s: is unavailable to a check, never a denial and never an approval',
    async (fault, method) => {
      const { store, tokens, text, dead, wrong, told } = await prepare(make, FAULTS[fault] ?? { point: 'before' })
      store.on(method)
      const matters = method === 'getWith' || method === 'spend'
      expect(await answerOf({ tokens }, text)).toBe(matters ? 'unavailable' : 'ok')
      expect(await answerOf({ tokens }, dead)).toBe(method === 'getWith' ? 'unavailable' : 'revoked')
      expect(await answerOf({ tokens }, wrong)).toBe(method === 'getWith' ? 'unavailable' : 'unknown')
      if (matters) expect(told('store.failed')).toContainEqual(expect.objectContaining({ detail: { method } }))
      store.off()
      expect(await answerOf({ tokens }, text)).toBe('ok')
    },
  )

  it.each(matrix)(
    'that %s %s: is unavailable to whoever asks for anything, and asking again gets it done',
    async (fault, method) => {
      for (const nth of [undefined, 1]) {
        for (const [name, { run, holds }] of Object.entries(OPERATIONS)) {
          const setting = await prepare(make, FAULTS[fault] ?? { point: 'before' }, nth)
          setting.store.on(method)
          expect(['nothing', 'unavailable'], name).toContain(await codeOf(run(setting)))
          setting.store.off()
          expect(await codeOf(run(setting)), name).toBe('nothing')
          await holds?.(setting)
        }
      }
    },
  )

  it('that delivers every write twice changes nothing twice, and hands out secrets that work', async () => {
    const setting = await prepare(make, { point: 'twice' })
    const { store, tokens, accounts, id, text } = setting
    store.on('write')
    const issued = await tokens.issue(draft)
    expect(await answerOf({ tokens }, issued.secret.reveal())).toBe('ok')
    const next = await tokens.rotate(id, { by: alice, from: 1, overlap: '1h' })
    expect(next.token.generation).toBe(2)
    expect(await answerOf({ tokens }, next.secret.reveal())).toBe('ok')
    expect(await tokens.verify(text)).toMatchObject({ ok: true })
    expect((await tokens.update(id, { by: alice, name: 'renamed' })).name).toBe('renamed')
    await accounts.create({ by: alice, name: 'other', scopes: [] })
    expect((await accounts.list()).items).toHaveLength(2)
    await tokens.revoke(id, { by: alice })
    const types = (await tokens.audit({ token: id })).items.map(({ type }) => type)
    expect(types).toEqual(['token.revoked', 'token.updated', 'token.rotated', 'token.issued'])
    expect((await tokens.list()).items).toHaveLength(3)
  })
})

describe.each(nearStores)('an answer that is lost, by the $name store,', ({ make }) => {
  const losing = async () => {
    const setting = await prepare(make, { point: 'after' }, 1)
    setting.store.on('write')
    return setting
  }

  it('of an issue: the secret is handed out, it works, and there is one token', async () => {
    const { tokens, told, store } = await losing()
    const { secret, token } = await tokens.issue(draft)
    expect(store.struck('write')).toBe(1)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect((await tokens.list({ unrevoked: true })).items.map(({ name }) => name)).toEqual(['ci', 'good'])
    expect(told('token.issued').filter(({ about }) => about === token.id)).toHaveLength(1)
    expect((await tokens.audit({ token: token.id })).items).toHaveLength(1)
  })

  it('of a rotation: the secret is handed out, and it works', async () => {
    const { tokens, id, text, store } = await losing()
    const { secret, token } = await tokens.rotate(id, { by: alice })
    expect(store.struck('write')).toBe(1)
    expect(token.generation).toBe(2)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, text)).toBe('revoked')
    expect((await tokens.reveal(id, { by: alice })).reveal()).toBe(secret.reveal())
  })

  it('of a service account: it is there, once', async () => {
    const { accounts, store } = await losing()
    const bot = await accounts.create({ by: alice, name: 'second', scopes: [] })
    expect(store.struck('write')).toBe(1)
    expect((await accounts.list()).items.map(({ name }) => name)).toEqual(['second', 'bot'])
    expect(await accounts.get(bot.id)).toEqual(bot)
  })

  it('of a rotation, and then the way to look: unavailable, and with an overlap a repeat brings a secret that works', async () => {
    const { tokens, id, text, store } = await losing()
    store.on('write', 'get')
    expect(await codeOf(tokens.rotate(id, { by: alice, from: 1, overlap: '1h' }))).toBe('unavailable')
    store.off()
    expect(await answerOf({ tokens }, text)).toBe('ok')
    const again = await tokens.rotate(id, { by: alice, from: 1, overlap: '1h' })
    expect(again.token.generation).toBe(3)
    expect(await answerOf({ tokens }, again.secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, text)).toBe('ok')
  })

  it('of an issue, and then the way to look: unavailable; the token is listed, and can be rotated or revoked', async () => {
    const { tokens, store } = await losing()
    store.on('write', 'get')
    expect(await codeOf(tokens.issue(draft))).toBe('unavailable')
    store.off()
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    const [lost] = (await tokens.list()).items
    const { secret } = await tokens.rotate(lost?.id ?? '', { by: alice })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
  })

  it('is not taken for one of somebody else: a revocation that did not take place is not said to have', async () => {
    const setting = await prepare(make, { point: 'before' }, 1)
    const { tokens, id, text, store, bare } = setting
    store.on('write')
    // In the same moment somebody else writes the token, so that its version is the very one that was expected.
    const read = await bare.get('token', id)
    if (read.record === undefined) throw new Error('no record')
    const revoking = codeOf(tokens.revoke(id, { by: alice }))
    await bare.write('token', id, read.version, { ...read.record, name: 'renamed' })
    expect(await revoking).toBe('unavailable')
    expect(await answerOf({ tokens }, text)).toBe('ok')
    expect((await tokens.revoke(id, { by: alice })).status).toBe('revoked')
  })
})
