import { type Event, system, user } from 'tokenloop'
import { followRevocations, type Issued, revocationFeed } from 'tokenloop/resource'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import type { Change, Changes, TokenStore } from '../../src/store/store.js'
import { realm } from './jwt-support.js'
import { bearer, refusal } from './support.js'

const by = { by: system }

/** A feed of a test's own making, over HTTP. */
const feedOf = (answer: (after: number, limit: number) => unknown, terms: { now?: () => number } = {}) => {
  const asked: number[] = []
  const events: Event[] = []
  const revocations = followRevocations({
    url: 'http://auth.test/revocations',
    clock: { now: terms.now ?? (() => 1e12) },
    onEvent: (event) => events.push(event),
    fetch: async (url) => {
      const { searchParams } = new URL(url)
      const after = Number(searchParams.get('after'))
      asked.push(after)
      const answered = await answer(after, Number(searchParams.get('limit')))
      return answered instanceof Response ? answered : new Response(JSON.stringify(answered))
    },
  })
  return { revocations, asked, events }
}

const token = (changes: Partial<Issued> = {}): Issued => ({
  subject: 'u_1',
  client: 'c_1',
  tenant: null,
  grant: 'g_1',
  authorization: 'a_1',
  key: 'k_1',
  epochs: [0, 0, 0, 0],
  boundTo: null,
  issuedAt: 1e12,
  ...changes,
})

const change = (number: number, changes: Partial<Change> = {}): Change => ({
  number,
  at: 1e12 - 1000,
  kind: 'grant',
  id: 'g_1',
  effect: 'ended',
  status: 'revoked',
  epochs: { epoch: 1 },
  ...changes,
})

/** A feed that holds these, as a store answers. */
const holding = (changes: readonly Change[], floor = 0) => {
  const last = changes.at(-1)?.number ?? floor
  return (after: number, limit: number): Changes => {
    if (after < floor || after > last) return { changes: [], cursor: last, reset: true }
    const page = changes.filter(({ number }) => number > after).slice(0, limit)
    return { changes: page, cursor: page.at(-1)?.number ?? after, reset: false }
  }
}

describe('R27 instances that follow one feed', () => {
  it('each refuse what was revoked within their bound, from the store or over HTTP', async () => {
    const at = await realm()
    const { clock, issue, guardOf, follow, accounts, bare, change } = at
    const feed = revocationFeed({ store: bare, allow: ({ headers }) => headers.get('authorization') === 'Bearer rs' })
    const overHttp = () =>
      followRevocations({
        url: 'http://auth.test/revocations',
        fetch: (url, init) => feed(new Request(url, init)),
        headers: () => ({ authorization: 'Bearer rs' }),
        maxStaleness: '1s',
        clock,
      })
    const guards = [follow({ maxStaleness: '1s' }), follow({ maxStaleness: '1s' }), overHttp(), overHttp()].map(
      (revocations) => guardOf({ revocations }),
    )
    for (let round = 0; round < 50; round++) {
      const request = bearer(await issue({ tl: { ...at.TL, epochs: [round, 0, 0, 0] } }))
      const check = () => Promise.all(guards.map((guard) => guard.check(request)))
      expect((await check()).map(({ ok }) => ok)).toEqual([true, true, true, true])
      await accounts.cutOff(user('u_1'), by)
      clock.advance(1000)
      expect((await check()).map(({ ok }) => ok)).toEqual([false, false, false, false])
    }
    await change('authorization', 'a_1', { status: 'ended' })
    clock.advance(1000)
    const request = bearer(await issue({ tl: { ...at.TL, epochs: [50, 0, 0, 0] } }))
    for (const guard of guards) expect(await refusal(guard.check(request))).toMatchObject({ status: 401 })
  })

  it('ask for it once, however many check, and not at all while it is fresh', async () => {
    const { revocations, asked, events } = feedOf(holding([change(1)]))
    const verdicts = await Promise.all(Array.from({ length: 1000 }, () => revocations.judge(token())))
    expect(new Set(verdicts)).toEqual(new Set(['revoked']))
    const first = asked.length
    expect(first).toBeLessThan(8)
    for (let i = 0; i < 1000; i++) expect(revocations.judge(token())).toBe('revoked')
    expect([asked.length, events]).toEqual([first, []])
  })

  it('read it behind the back of a check from half of the bound on', async () => {
    let now = 1e12
    const held: Change[] = []
    const { revocations } = feedOf((after, limit) => holding(held)(after, limit), { now: () => now })
    expect(await revocations.judge(token())).toBe('live')
    held.push(change(1, { at: 1e12 + 1 }))
    now += 2500
    expect(revocations.judge(token())).toBe('live')
    expect(await revocations.refresh()).toBe(true)
    expect(revocations.judge(token())).toBe('revoked')
  })
})

describe('a follower', () => {
  it('finds its place in a feed that no longer has its beginning', async () => {
    const day = 86_400_000
    const old = Array.from({ length: 5000 }, (_, i) => change(3001 + i, { at: 1e12 - 6 * day + i, id: `g_old${i}` }))
    const { revocations, asked } = feedOf(holding([...old, change(8001)], 3000))
    expect(await revocations.judge(token())).toBe('revoked')
    expect(await revocations.judge(token({ grant: 'g_2' }))).toBe('live')
    expect(asked.length).toBeLessThan(20)
  })

  it('refuses tokens from before what is left of a feed in which too much has happened', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => change(50_001 + i, { at: 1e12 - 60_000 + i, id: `g_x${i}` }))
    const { revocations } = feedOf(holding(many, 50_000))
    expect(await revocations.judge(token({ issuedAt: 1e12 - 61_000 }))).toBe('too_old')
    expect(await revocations.judge(token({ issuedAt: 1e12 - 20_000 }))).toBe('live')
  })

  it('starts anew where the feed is another one, or it was away for too long', async () => {
    let now = 1e12
    let serve = holding([change(1), change(2)])
    const { revocations, events } = feedOf((after, limit) => serve(after, limit), { now: () => now })
    expect(await revocations.judge(token())).toBe('revoked')
    now += 8 * 86_400_000
    serve = holding([change(900, { id: 'g_2', at: now - 1000 })], 899)
    expect(await revocations.judge(token({ issuedAt: now }))).toBe('live')
    expect(await revocations.judge(token({ issuedAt: now, grant: 'g_2' }))).toBe('revoked')
    expect(events).toEqual([])
  })

  it('R11 R69 starts anew where the feed lost its last entries and counted on from there: others have their numbers', async () => {
    let now = 1e12
    let serve = holding([change(1), change(2, { id: 'g_2' })])
    const { revocations, asked } = feedOf((after, limit) => serve(after, limit), { now: () => now })
    expect(await revocations.judge(token({ grant: 'g_3' }))).toBe('live')
    now += 10_000
    serve = holding([change(1), change(2, { id: 'g_3' }), change(3, { id: 'g_4' })])
    expect(await revocations.judge(token({ grant: 'g_3' }))).toBe('revoked')
    expect(await revocations.judge(token({ grant: 'g_4' }))).toBe('revoked')

    now += 10_000
    asked.length = 0
    expect(await revocations.judge(token({ grant: 'g_3' }))).toBe('revoked')
    expect(asked, 'and goes on where it is the same').toEqual([2])
  })

  it('goes on where its last entry was swept', async () => {
    let now = 1e12
    let serve = holding([change(1), change(2)])
    const { revocations, asked } = feedOf((after, limit) => serve(after, limit), { now: () => now })
    expect(await revocations.judge(token())).toBe('revoked')
    now += 10_000
    serve = holding([change(3, { id: 'g_3' })], 2)
    asked.length = 0
    expect(await revocations.judge(token({ grant: 'g_3' }))).toBe('revoked')
    expect(asked).toEqual([1, 2, 3])
    expect(await revocations.judge(token()), 'and forgets nothing').toBe('revoked')
  })

  it('keeps in mind what it may need alone: for the life of a token, and so many at the most', async () => {
    let now = 1e12
    const held = [change(1)]
    const { revocations } = feedOf((after, limit) => holding(held)(after, limit), { now: () => now })
    expect(await revocations.judge(token())).toBe('revoked')
    now += 2 * 3_600_000
    // It has expired long since, and what ended it is forgotten.
    expect(await revocations.judge(token())).toBe('too_old')
    expect(await revocations.judge(token({ issuedAt: now }))).toBe('live')
  })

  it('R13 forgets nothing for good where the clock of the node is set back', async () => {
    let now = 1e12
    const { revocations } = feedOf(holding([change(1)]), { now: () => now })
    expect(await revocations.judge(token())).toBe('revoked')
    now += 86_400_000
    expect(await revocations.judge(token())).toBe('too_old')
    now = 1e12 + 6000
    expect(await revocations.judge(token())).toBe('revoked')
    expect(await revocations.judge(token({ grant: 'g_2' }))).toBe('live')
  })

  it('takes a token from after what it knows for what it is, and one from before a narrowing for over', async () => {
    const { revocations } = feedOf(
      holding([
        change(1),
        change(2, { id: 'g_2', effect: 'narrowed', status: 'active', epochs: { epoch: 0 }, at: 1e12 - 10 }),
      ]),
    )
    expect(await revocations.judge(token({ epochs: [0, 0, 0, 2] }))).toBe('live')
    expect(await revocations.judge(token({ grant: 'g_2', issuedAt: 1e12 - 10 }))).toBe('revoked')
    expect(await revocations.judge(token({ grant: 'g_2', issuedAt: 1e12 - 9 }))).toBe('live')
  })

  it('is never silently stale: past its bound it says that it does not know, and does not ask without end', async () => {
    let now = 1e12
    let isUp = true
    const { revocations, asked, events } = feedOf(
      (after, limit) => (isUp ? holding([])(after, limit) : new Response('', { status: 500 })),
      { now: () => now },
    )
    expect(await revocations.judge(token())).toBe('live')
    isUp = false
    now += 4999
    expect(await revocations.judge(token())).toBe('live')
    expect(revocations.age).toBe(4999)
    await revocations.refresh()
    expect(events.at(-1)).toMatchObject({ type: 'revocations.not_followed', detail: { kept: true } })
    now += 1
    const before = asked.length
    for (let i = 0; i < 100; i++) expect(await revocations.judge(token())).toBe('unavailable')
    expect([asked.length, revocations.age]).toEqual([before, null])
    isUp = true
    now += 1000
    expect(await revocations.judge(token())).toBe('live')
    revocations.close()
    expect(await revocations.judge(token())).toBe('unavailable')
  })

  it('waits no longer than its time limit for a feed that never answers', async () => {
    const { bare, clock } = await realm()
    const silent: TokenStore = { ...bare, changes: () => new Promise(() => {}) }
    expect(await followRevocations({ store: silent, clock, timeout: 1 }).judge(token())).toBe('unavailable')
  })
})

describe('a poisoned feed', () => {
  const page = { changes: [], cursor: 0, reset: false }
  const pages = (answer: (after: number) => unknown) => (cursor: number, limit: number) =>
    cursor > 1e9 || limit === 1 ? holding([], 0)(cursor, limit) : answer(cursor)
  const POISON: Readonly<Record<string, (after: number, limit: number) => unknown>> = {
    'is no JSON': () => new Response('<html>'),
    'is empty': () => new Response(''),
    'names a member twice': () => new Response('{"changes":[],"cursor":0,"reset":true,"reset":false}'),
    redirects: () => new Response('', { status: 302, headers: { location: 'http://evil.test' } }),
    'is endless': () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) })),
    'has no list': pages(() => ({ cursor: 0, reset: false })),
    'has an unknown kind': pages(() => ({ ...page, changes: [{ ...change(1), kind: 'session' }], cursor: 1 })),
    'has a change without epochs': pages(() => ({
      ...page,
      changes: [{ ...change(1), epochs: undefined }],
      cursor: 1,
    })),
    'has an epoch that is none': pages(() => ({ ...page, changes: [change(1, { epochs: { epoch: -1 } })], cursor: 1 })),
    'goes back': pages((cursor) => ({ ...page, changes: [change(cursor)], cursor })),
    'repeats itself': pages((cursor) =>
      cursor === 0 ? { ...page, changes: [change(1), change(1)], cursor: 1 } : { ...page, cursor },
    ),
    'does not move on': pages((cursor) => ({ ...page, changes: [change(cursor + 1)], cursor })),
    'skips ahead': pages((cursor) => ({ ...page, cursor: cursor + 5 })),
    'never ends': pages((cursor) => ({ ...page, changes: [change(cursor + 1)], cursor: cursor + 1 })),
    'always starts anew': () => ({ ...page, reset: true }),
    'starts anew with changes': pages((cursor) => ({ changes: [change(cursor + 1)], cursor: cursor + 1, reset: true })),
  }
  it.each(Object.entries(POISON))('that %s lets nothing pass', async (_, answer) => {
    const { revocations } = feedOf(answer)
    expect(await revocations.judge(token({ grant: 'g_9' }))).toBe('unavailable')
  })

  it('cannot bring an epoch down, nor reach the prototype', async () => {
    const { revocations } = feedOf(
      holding([
        change(1, { epochs: { epoch: 5 } }),
        change(2, { status: 'active', effect: 'resumed', epochs: { epoch: 0 } }),
      ]),
    )
    expect(await revocations.judge(token())).toBe('revoked')
    const { revocations: other } = feedOf(holding([change(1, { status: 'active', epochs: {} })]))
    expect(await other.judge(token())).toBe('revoked')
  })
})

describe('followRevocations', () => {
  it('refuses options that follow nothing', async () => {
    const { bare: store } = await realm()
    const wrong = [
      {},
      { store, url: 'https://auth.test/r' },
      { store: {} },
      { url: 'http://auth.test/r' },
      { url: 'https://u:p@auth.test/r' },
      { url: 'https://auth.test/r', fetch: 7 },
      { url: 'https://auth.test/r', headers: {} },
      { store, maxStaleness: 0 },
      { store, maxStaleness: '6m' },
      { store, tokenLifetime: 1 },
      { store, timeout: 0 },
      { store, most: 0 },
      { store, clock: {} },
      { store, interval: '1s' },
    ]
    for (const options of wrong) {
      expect(() => followRevocations(options as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    }
  })
})

describe('revocationFeed', () => {
  const ask = async (path: string, init: RequestInit = {}, allow: () => boolean = () => true, store?: TokenStore) => {
    const feed = revocationFeed({ store: store ?? (await realm()).bare, allow })
    const { status, headers } = await feed(new Request(`http://auth.test/revocations${path}`, init))
    return [status, headers.get('cache-control')]
  }

  it('is for those who may, and for what can be asked', async () => {
    expect(await ask('?after=0&limit=10')).toEqual([200, 'no-store'])
    expect(await ask('?after=0&limit=10', {}, () => false)).toEqual([403, 'no-store'])
    expect(await ask('?after=0&limit=10', { method: 'POST' })).toEqual([405, 'no-store'])
    for (const query of [
      '',
      '?after=0',
      '?after=-1&limit=1',
      '?after=0&limit=0',
      '?after=0&after=1&limit=1',
      '?after=1e3&limit=1',
    ]) {
      expect(await ask(query), query).toEqual([400, 'no-store'])
    }
  })

  it('is 503 where the store fails, or the host', async () => {
    const { bare } = await realm()
    const gone = faultyStore(bare, { gone: { point: 'before' } })
    expect(await ask('?after=0&limit=10', {}, () => true, gone)).toEqual([503, 'no-store'])
    const broken = () => {
      throw new Error('broken')
    }
    expect(await ask('?after=0&limit=10', {}, broken)).toEqual([503, 'no-store'])
  })
})
