import type { Clock, Filters, ItemOf, Kind, ListKind, Page, PageRequest, Position, TokenStore } from 'tokenloop'
import { chainOf, nothingLeft, readOf, stateOf, useOf } from './answers.js'
import { placeOf, positionOf, searchOf, storedEvent, storedRecord } from './records.js'
import { type FoundItem, type RedisClient, type Run, scriptOn } from './script.js'

export interface RedisStoreOptions {
  /** Begins every key; `{tokenloop}:` by default. Its hash tag keeps all of it on one node of a cluster. */
  readonly prefix?: string
  /** How long a call may take, in milliseconds; 5 seconds by default. Whatever takes longer rejects, and may have taken place or not. */
  readonly deadline?: number
  /** Whether this Redis writes to the disk before it answers: `appendonly yes` with `appendfsync always`. Not by default. */
  readonly durable?: boolean
  /** Tells the time instead of Redis. For tests. */
  readonly clock?: Clock
}

/** How many places one run of the script looks at where a filter may leave most of them out: others wait for so long. */
const LOOK = 500

/**
 * A store in Redis 7, for hosts that accept what Redis promises:
 *
 * - One primary decides. With `appendonly yes` and `appendfsync always` an answered write survives a crash of it; with the usual
 *   `everysec` up to a second of writes is lost, revocations among them, and with snapshots alone far more.
 * - Replicas follow late. A failover loses what they had not heard, and with it a revocation that was answered: keep credentials here
 *   only where that is acceptable, or where a failover waits for `WAIT` and a person. Never read from a replica.
 * - All of it lives in memory: `maxmemory-policy noeviction`, since an account that is evicted takes its revocations along.
 *
 * A SQL database promises more. This suits tokens that can be issued anew, and shows what a store of one's own takes.
 *
 * @example
 * const client = await createClient({ url }).on('error', console.error).connect()
 * const store = redisStore(client, { durable: true })
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): TokenStore {
  const { prefix = '{tokenloop}:', deadline = 5000, durable = false, clock } = options
  const run = scriptOn(client, { prefix, deadline, now: clock && (() => clock.now()) })
  return {
    capabilities: { linearizable: true, durable, shared: true },

    async get(kind, id) {
      const [now, found] = await run('get', { kind, id })
      return { now, ...readOf(found) }
    },

    async getWith(kind, id) {
      const [now, found, chain] = await run('getWith', { kind, id })
      const read = readOf<typeof kind>(found)
      return { now, ...read, chain: read.record && chainOf(kind, chain) }
    },

    async find(kind, unique) {
      const answer = await run('find', { kind, unique })
      if (answer === null) return undefined
      const [now, id, found] = answer
      const { version, record } = readOf<typeof kind>(found)
      return record && { now, id, version, record }
    },

    write: (kind, id, expected, next, { onlyIf = [], event, change } = {}) =>
      run('write', {
        kind,
        id,
        expected,
        onlyIf,
        ...(next && { record: storedRecord(kind, id, next) }),
        ...(event && { event: storedEvent(event) }),
        ...(change && { change: JSON.stringify({ ...change, kind, id }) }),
      }),

    list: (kind, filter, page) => listFrom(run, kind, filter, page),

    insertOnce: async (kind, key, value, expiresAt) =>
      (await run('insertOnce', { kind, key, json: JSON.stringify(value), expiresAt })) === 1,

    async takeOnce(kind, key, claim) {
      const json = await run('takeOnce', { kind, key, claim })
      return json === null ? undefined : JSON.parse(json)
    },

    async touch(uses) {
      await run('touch', { uses: uses.map(({ ip, ...use }) => ({ ...use, ...(ip !== null && { ip }) })) })
    },

    async spend(kind, id, budgets) {
      const asked = budgets.map(({ every, ...budget }) => ({ ...budget, ...(every !== null && { every }) }))
      const [now, ok, states] = await run('spend', { kind, id, budgets: asked })
      return {
        now,
        ok: ok === 1,
        states: budgets.map((budget, i) => {
          const [spent, since, allowed] = states?.[i] ?? []
          if (spent === undefined || since === undefined) return nothingLeft(budget)
          return stateOf(budget, spent, since, allowed === 1, now)
        }),
      }
    },

    async changes(cursor, limit) {
      const [next, reset, changes] = await run('changes', { cursor, limit })
      return { cursor: next, reset: reset === 1, changes: changes.map((change) => JSON.parse(change)) }
    },

    async sweep(limit) {
      const [removed, more] = await run('sweep', { limit })
      return { removed, more: more === 1 }
    },
  }
}

/** A page: as many looks as it takes, since a filter may leave out most of what one look finds. */
async function listFrom<K extends ListKind>(
  run: Run,
  kind: K,
  filter: Filters[K],
  { limit, after }: PageRequest,
): Promise<Page<K>> {
  const search = searchOf(kind, filter)
  const found: FoundItem[] = []
  for (let from = after && placeOf(after); ; ) {
    // One more than was asked for says whether there is a next page.
    const most = limit + 1 - found.length
    const [now, items, lookOn] = await run('list', { kind, ...search, most, look: LOOK, ...(from && { after: from }) })
    found.push(...items)
    if (found.length <= limit && lookOn !== '') from = lookOn
    else return { now, items: found.slice(0, limit).map((item) => itemOf(kind, item)), ...nextOf(found, limit) }
  }
}

function nextOf(found: readonly FoundItem[], limit: number): { readonly next?: Position } {
  const [, place] = (found.length > limit ? found[limit - 1] : undefined) ?? []
  return place === undefined ? {} : { next: positionOf(place) }
}

function itemOf<K extends ListKind>(kind: K, item: FoundItem): ItemOf<K>
function itemOf(kind: ListKind, [id, , found, chain, use]: FoundItem): unknown {
  const { version, record } = readOf<Kind>(found)
  return kind === 'event' ? record : { id, version, record, chain: chainOf(kind, chain), use: useOf(use) }
}
