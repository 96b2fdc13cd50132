import { type Counters, spendFrom } from '../../src/store/budget.js'
import type { Entry, Records } from '../../src/store/records.js'
import type { Change, ListKind, Page, Position, TokenStore, Use } from '../../src/store/store.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { type Broken, broken, ENTRIES, folding, force, IDS, losing, pause } from './breaking.js'

/** Stores that are broken on purpose, each with the cases of the contract that must notice. */
export const BROKEN: readonly Broken[] = [
  broken(
    'reads, checks, and then writes',
    [
      'lets one of many create a record',
      'lets one of many write over a version',
      'lets one of many remove or replace a record',
      'loses no update of those that try again',
    ],
    (store) => ({
      async write(kind, id, expected, next, options) {
        const { version } = await store.get(kind, id)
        if (version !== expected) return 'conflict'
        await pause()
        await force(store, kind, id, next, options?.event)
        return 'written'
      },
    }),
  ),
  broken('writes over any version', ['refuses to write over any other version, and changes nothing'], (store) => ({
    async write(kind, id, _, next, options) {
      const { version } = await store.get(kind, id)
      return store.write(kind, id, version, next, options)
    },
  })),
  broken('ignores conditions', ['writes only while each condition holds'], (store) => ({
    write: (kind, id, expected, next, { onlyIf: _, ...options } = {}) => store.write(kind, id, expected, next, options),
  })),
  broken(
    'checks conditions before it writes',
    ['lets no write take place after its condition was seen to move'],
    (store) => ({
      async write(kind, id, expected, next, { onlyIf = [], ...options } = {}) {
        for (const condition of onlyIf) {
          if ((await store.get(condition.kind, condition.id)).version !== condition.version) return 'conflict'
        }
        if (onlyIf.length > 0) await pause()
        return store.write(kind, id, expected, next, options)
      },
    }),
  ),
  broken('has no unique keys', ['gives a unique key to one record of a kind at a time'], (store) => ({
    write: (kind, id, expected, next, options) =>
      store.write(kind, id, expected, next && { ...next, unique: next.unique && next.unique + id }, options),
  })),
  broken('checks unique keys before it writes', ['gives a unique key to one of many'], (store) => ({
    async write(kind, id, expected, next, options) {
      const holder = next?.unique ? await store.find(kind, next.unique) : undefined
      if (holder !== undefined && holder.id !== id) return 'duplicate'
      await pause()
      for (;;) {
        const outcome = await store.write(kind, id, expected, next, options)
        if (outcome !== 'duplicate') return outcome
        const other = next?.unique ? await store.find(kind, next.unique) : undefined
        if (other !== undefined) await force(store, kind, other.id, { ...other.record, unique: null })
      }
    },
  })),
  broken(
    'keeps the event of a write that it refuses',
    ['keeps an event and feeds a change with the record, or neither'],
    (store) => {
      let writes = 0
      return {
        async write(kind, id, expected, next, { event, ...options } = {}) {
          if (event) await store.write('account', `writes:${writes++}:${id}`, 0, SAMPLES.account, { event })
          return store.write(kind, id, expected, next, options)
        },
      }
    },
  ),
  broken(
    'hands out what it keeps',
    ['is not changed by what becomes of a record that was handed in or out'],
    (store) => {
      const kept = new Map<string, Records['token']>()
      return {
        async write(kind, id, expected, next, options) {
          const outcome = await store.write(kind, id, expected, next, options)
          if (outcome === 'written' && kind === 'token' && next) kept.set(id, next as Records['token'])
          return outcome
        },
        async get(kind, id) {
          const read = await store.get(kind, id)
          return kept.has(id) ? { ...read, record: kept.get(id) as (typeof read)['record'] } : read
        },
      }
    },
  ),
  broken(
    'starts anew with the versions of a record',
    ['replaces the version that was read, and counts versions up by one'],
    (store) => ({
      async write(kind, id, expected, next, options) {
        if (next === null || expected === 0) return store.write(kind, id, expected, next, options)
        const removed = await store.write(kind, id, expected, null)
        return removed === 'written' ? store.write(kind, id, 0, next, options) : removed
      },
    }),
  ),
  folding('without case', (text) => text.toLowerCase(), IDS, ENTRIES),
  folding('without accents', (text) => text.normalize('NFD').replace(/\p{M}/gu, ''), IDS, ENTRIES),
  folding('in a normal form', (text) => text.normalize('NFC'), IDS, ENTRIES),
  folding('without trailing spaces', (text) => text.trimEnd(), IDS, ENTRIES),
  folding('without what it cannot show', (text) => text.replace(/[\p{Cf}\uffff]/gu, ''), IDS, ENTRIES),
  folding('with backslashes as escapes', (text) => text.replaceAll('\\\\', '\\'), IDS, ENTRIES),
  folding('by the first 191 characters', (text) => text.slice(0, 191), IDS, ENTRIES),
  folding(
    'without what its character set lacks',
    (text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
    IDS,
    ENTRIES,
  ),
  losing('milliseconds', (key, value) =>
    key.endsWith('At') && value ? Math.floor(Number(value) / 1000) * 1000 : value,
  ),
  losing('numbers of more than 32 bits', (_, value) => (Number.isInteger(value) ? Number(value) | 0 : value)),
  losing('the difference of an empty text and none', (_, value) => (value === '' ? null : value)),
  losing('empty lists', (_, value) => (Array.isArray(value) && value.length === 0 ? {} : value)),
  losing('members without a name', (key, value) => (key === '' && Array.isArray(value) ? undefined : value)),
  broken('reads chains from a cache', ['reads a chain as it is now, whatever was written last'], (store) => {
    const cache = new Map<string, ReturnType<TokenStore['get']>>()
    return {
      async getWith(kind, id) {
        const read = await store.getWith(kind, id)
        if (kind !== 'token' || !read.chain) return read
        const { owner } = read.chain as { owner: { id: string } }
        if (!cache.has(owner.id)) cache.set(owner.id, store.get('account', owner.id))
        const { version, record } = (await cache.get(owner.id)) as Awaited<ReturnType<TokenStore['get']>>
        return { ...read, chain: { ...read.chain, owner: { ...owner, version, record } } as typeof read.chain }
      },
      write(kind, id, expected, next, options) {
        if (kind === 'account' && expected === 0)
          cache.set(
            id,
            store.write(kind, id, 0, next, options).then(() => store.get(kind, id)),
          )
        return kind === 'account' && expected === 0
          ? (cache.get(id) as Promise<unknown>).then(() => 'written' as const)
          : store.write(kind, id, expected, next, options)
      },
    }
  }),
  broken(
    'follows chains for one step only',
    ['follows an access token through its authorization and grant to all they hang on'],
    (store) => ({
      async getWith(kind, id) {
        const read = await store.getWith(kind, id)
        if (kind !== 'access' || !read.chain) return read
        const { authorization } = read.chain as { authorization: object }
        return { ...read, chain: { authorization } as typeof read.chain }
      },
    }),
  ),
  broken('pages by how many came before', ['pages alike while records come, change and go'], (store) => ({
    async list<K extends ListKind>(kind: K, filter: object, { limit, after }: { limit: number; after?: Position }) {
      const all = await store.list(kind, filter as never, { limit: 1000 })
      const start = after === undefined ? 0 : Number(after.id)
      const items = all.items.slice(start, start + limit)
      const next = { order: 1e15 - start, id: String(start + limit) }
      return { now: all.now, items, ...(start + limit < all.items.length && { next }) } as Page<K>
    },
  })),
  broken('pages by the order alone', ['tells records of the same order apart'], (store) => ({
    list: (kind, filter, { limit, after }) =>
      store.list(kind, filter, { limit, ...(after && { after: { ...after, id: '' } }) }),
  })),
  broken('cuts lists', ['lists newest first, page by page, without a cut'], (store) => ({
    async list(kind, filter, page) {
      const { next: _, ...cut } = await store.list(kind, filter, page)
      return cut
    },
  })),
  broken('lists with one filter at a time', ['narrows a list of tokens to all that its filter says'], (store) => ({
    list: (kind, filter, page) =>
      store.list(kind, Object.fromEntries(Object.entries(filter).slice(0, 1)) as never, page),
  })),
  broken(
    'checks an entry before it inserts it, and before it gives it away',
    ['takes an entry from one of many', 'gives an entry to one of many claims'],
    () => {
      const entries = new Map<string, { value: Entry; expiresAt: number; claim?: string }>()
      return {
        async insertOnce(kind, key, value, expiresAt) {
          const before = entries.get(kind + key)
          if (before !== undefined && before.expiresAt > 1) return false
          await pause()
          entries.set(kind + key, { value, expiresAt })
          return true
        },
        async takeOnce(kind, key, claim) {
          const entry = entries.get(kind + key)
          if (entry === undefined || (entry.claim ?? claim) !== claim) return undefined
          await pause()
          entry.claim = claim
          return entry.value
        },
      }
    },
  ),
  broken('deletes an entry when it is taken', ['gives an entry to one claim, as often as that asks'], (store) => {
    const taken = new Set<string>()
    return {
      async takeOnce(kind, key, claim) {
        if (taken.has(kind + key)) return undefined
        const value = await store.takeOnce(kind, key, claim)
        if (value !== undefined) taken.add(kind + key)
        return value
      },
    }
  }),
  broken('never forgets an entry', ['forgets an entry when it expires'], (store) => ({
    insertOnce: (kind, key, value) => store.insertOnce(kind, key, value, Number.MAX_SAFE_INTEGER),
  })),
  broken('forgets an entry a millisecond late', ['forgets an entry when it expires'], (store) => ({
    insertOnce: (kind, key, value, expiresAt) => store.insertOnce(kind, key, value, expiresAt + 1),
  })),
  broken('moves the last use back', ['moves the last use forward, never back, and adds counts up'], (store) => {
    const uses = new Map<string, Use>()
    return {
      async touch(batch) {
        for (const { id, at, ip, count } of batch) uses.set(id, { at, ip, count: count + (uses.get(id)?.count ?? 0) })
      },
      async list(kind, filter, page) {
        const listed = await store.list(kind, filter, page)
        const items = listed.items.map((item) => ({ ...item, use: uses.get((item as { id: string }).id) ?? null }))
        return { ...listed, items } as typeof listed
      },
    }
  }),
  broken(
    'keeps the last use in the record',
    ['moves the last use forward, never back, and adds counts up', 'keeps uses and writes out of each other’s way'],
    (store) => ({
      async touch(batch) {
        for (const { kind, id } of batch) {
          const { version, record } = await store.get(kind, id)
          if (record) await store.write(kind, id, version, record)
        }
        await store.touch(batch)
      },
    }),
  ),
  broken(
    'counts the uses of a batch once',
    ['moves the last use forward, never back, and adds counts up'],
    (store) => ({
      touch: (batch) => store.touch([...new Map(batch.map((use) => [use.id, use])).values()]),
    }),
  ),
  broken('reads what is spent, and then writes it', ['sells a unit once, and all of a limit'], () => {
    const spent = new Map<string, Counters>()
    return {
      async spend(kind, id, budgets) {
        const { ok, counters, states } = spendFrom(spent.get(kind + id) ?? {}, budgets, 0)
        await pause()
        spent.set(kind + id, counters)
        return { now: 0, ok, states }
      },
    }
  }),
  broken('spends each budget by itself', ['spends all budgets of a call, or none of them'], (store) => ({
    async spend(kind, id, budgets) {
      const each = []
      for (const budget of budgets) each.push(await store.spend(kind, id, [budget]))
      return { now: each[0]?.now ?? 0, ok: each.every(({ ok }) => ok), states: each.flatMap(({ states }) => states) }
    },
  })),
  broken(
    'lets what does not exist spend',
    ['refuses to spend for what does not exist, and keeps nothing of what was removed'],
    (store) => ({
      async spend(kind, id, budgets) {
        const spent = await store.spend(kind, id, budgets)
        if ((await store.get(kind, id)).version > 0) return spent
        const { ok, states } = spendFrom({}, budgets, spent.now)
        return { ...spent, ok, states }
      },
    }),
  ),
  broken('numbers changes before they are there', ['skips nothing in the feed for those who follow it'], (store) => {
    const feed: Change[] = []
    let last = 0
    return {
      async write(kind, id, expected, next, { change, ...options } = {}) {
        const number = change ? ++last : 0
        for (let waits = number % 3; waits > 0; waits--) await pause()
        const outcome = await store.write(kind, id, expected, next, options)
        if (outcome === 'written' && change) feed.push({ ...change, number, at: 0, kind, id })
        return outcome
      },
      async changes(cursor, limit) {
        await pause()
        const changes = feed
          .filter(({ number }) => number > cursor)
          .sort((a, b) => a.number - b.number)
          .slice(0, limit)
        return { changes, cursor: changes.at(-1)?.number ?? cursor, reset: false }
      },
    }
  }),
  broken(
    'never tells a follower to start anew',
    ['tells a follower from another feed to start anew, and where'],
    (store) => ({
      changes: async (...args) => ({ ...(await store.changes(...args)), reset: false }),
    }),
  ),
  broken('sweeps whatever it finds', ['sweeps what is due, and nothing else'], (store) => ({
    async sweep(limit) {
      const { items } = await store.list('token', {}, { limit })
      for (const { id } of items) await force(store, 'token', id, null)
      const { removed, more } = await store.sweep(limit)
      return { removed: removed || items.length, more }
    },
  })),
  broken('sweeps what was due a moment ago', ['sweeps together with others, and beside those who write'], (store) => ({
    async sweep(limit) {
      const { items } = await store.list('token', {}, { limit })
      await pause()
      const due = items.filter(({ record }) => record.keepUntil === 1)
      for (const { id } of due) await force(store, 'token', id, null)
      return { removed: due.length, more: false }
    },
  })),
  broken('sweeps accounts away', ['sweeps the tokens that ended with an account, and leaves the account'], (store) => ({
    async sweep(limit) {
      const swept = await store.sweep(limit)
      const { items } = await store.list('account', {}, { limit: 100 })
      for (const { id } of items) await force(store, 'account', id, null)
      return swept
    },
  })),
  broken(
    'never sweeps what ended with an account',
    ['sweeps the tokens that ended with an account, and leaves the account'],
    (store) => ({
      write: (kind, id, expected, next, options) =>
        store.write(kind, id, expected, kind === 'account' && next ? { ...next, keepUntil: null } : next, options),
    }),
  ),
  broken('sweeps without end', ['sweeps what is due, and nothing else'], (store) => ({
    sweep: async (limit) => ({ ...(await store.sweep(limit)), more: true }),
  })),
  broken('counts in texts', ['sweeps what is due, and nothing else'], (store) => ({
    sweep: async (limit) => ({ ...(await store.sweep(limit)), removed: '0' as never }),
  })),
  broken(
    'says nothing of what became of a write',
    ['replaces the version that was read, and counts versions up by one'],
    (store) => ({
      async write(...args) {
        await store.write(...args)
        return undefined as never
      },
    }),
  ),
]
