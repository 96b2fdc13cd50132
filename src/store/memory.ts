import { optionsOf } from '../core/options.js'
import type { Clock } from '../core/time.js'
import { nothingLeft, spendFrom } from './budget.js'
import { NotedRead, NotedRow } from './inspect.js'
import { Accounts } from './memory/accounts.js'
import { Authorizations } from './memory/authorizations.js'
import { frozenCopy } from './memory/copy.js'
import { Feed } from './memory/feed.js'
import { chains } from './memory/links.js'
import { FILTERS, Lists } from './memory/lists.js'
import { Onces } from './memory/once.js'
import type { Slot } from './memory/slot.js'
import { Shelf, Table } from './memory/table.js'
import type { Entry, EventRecord, Kind, RecordBase, Records } from './records.js'
import { type Latency, slowStore } from './slow.js'
import type {
  Budget,
  Condition,
  Filters,
  ItemOf,
  ListKind,
  Page,
  PageRequest,
  Position,
  TokenStore,
  UseOf,
  WriteOptions,
  WriteOutcome,
} from './store.js'

/** The options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** Tells the store's time; the system's by default. */
  readonly clock?: Clock
  /** Makes every call take its time, so that races show as they do over a network. */
  readonly latency?: Latency
}

const OPTIONS = optionsOf<MemoryStoreOptions>('memoryStore', { clock: true, latency: true })

/**
 * A store in the memory of one process: for tests, for trying out, and for what need not outlive the process. What it is
 * given it copies, and what it hands out is frozen at every depth, so that nothing that was read can be changed.
 *
 * @example
 * const store = memoryStore()
 * const slow = memoryStore({ clock, latency: { max: 5 } })
 */
export function memoryStore(options: MemoryStoreOptions = {}): TokenStore {
  OPTIONS.check(options)
  const { clock = Date, latency } = options
  const store = new MemoryStore(clock)
  return latency === undefined ? store : slowStore(store, latency)
}

/** Every method does its work before it first waits, and so at once: nobody else's comes between. */
class MemoryStore implements TokenStore {
  readonly capabilities = Object.freeze({ linearizable: true, durable: false, shared: false })
  readonly #clock: Clock
  readonly #tokens = new Table<Records['token']>(new Lists(FILTERS.token))
  readonly #tables: { readonly [K in Kind]: Table<Records[K]> } = {
    token: this.#tokens,
    account: new Accounts(new Lists(FILTERS.account), this.#tokens),
    client: new Table(new Lists(FILTERS.client)),
    grant: new Table(new Lists(FILTERS.grant)),
    authorization: new Authorizations(),
    access: new Table(),
    key: new Table(new Lists(FILTERS.key)),
  }
  readonly #events = new Shelf(new Lists(FILTERS.event))
  readonly #onces = new Onces()
  readonly #feed = new Feed()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get<K extends Kind>(kind: K, id: string) {
    const slot = this.#slot(kind, id)
    const now = this.#clock.now()
    if (slot === undefined) return { now, version: 0, record: undefined }
    return new NotedRead<K>({ now, version: slot.version, record: slot.record, chain: undefined }, slot)
  }

  async getWith<K extends Kind>(kind: K, id: string) {
    const slot = this.#slot(kind, id)
    const now = this.#clock.now()
    if (slot === undefined) return { now, version: 0, record: undefined, chain: undefined }
    const { version, record } = slot
    return new NotedRead<K>({ now, version, record, chain: this.#chainOf(kind, slot) }, slot)
  }

  async find<K extends Kind>(kind: K, unique: string) {
    const slot: Slot<Records[K]> | undefined = this.#tables[kind].holder(unique)
    if (slot === undefined) return undefined
    return new NotedRow<K>({ now: this.#clock.now(), id: slot.id, version: slot.version, record: slot.record }, slot)
  }

  async write<K extends Kind>(
    kind: K,
    id: string,
    expected: number,
    next: Records[K] | null,
    { onlyIf = [], event, change }: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const table: Table<Records[K]> = this.#tables[kind]
    const slot = table.get(id)
    if (!this.#is({ kind, id, version: expected }) || !onlyIf.every((condition) => this.#is(condition)))
      return 'conflict'
    const holder = next === null ? undefined : table.holder(next.unique)
    if (holder !== undefined && holder !== slot) return 'duplicate'

    const record = frozenCopy(next)
    const kept = frozenCopy(event)
    if (record !== null) table.put(id, slot, record)
    else if (slot !== undefined) table.remove(slot)
    if (kept !== undefined) this.#events.add(kept.id, kept)
    if (change !== undefined) this.#feed.add(kind, id, this.#clock.now(), change)
    return 'written'
  }

  async list<K extends ListKind>(kind: K, filter: Filters[K], request: PageRequest): Promise<Page<K>>
  async list(kind: ListKind, filter: object, { limit, after }: PageRequest): Promise<Page<ListKind>> {
    const table: Pick<Shelf<RecordBase>, 'newestFirst'> = kind === 'event' ? this.#events : this.#tables[kind]
    const now = this.#clock.now()
    const items: ItemOf<ListKind>[] = []
    let last: Position | undefined
    for (const slot of table.newestFirst(filter, after)) {
      if (items.length === limit) return { now, items, ...(last && { next: last }) }
      items.push(this.#itemOf(kind, slot))
      last = { order: slot.order, id: slot.id }
    }
    return { now, items }
  }

  async insertOnce(kind: string, key: string, value: Entry, expiresAt: number) {
    return this.#onces.insert(kind, key, value, expiresAt, this.#clock.now())
  }

  async takeOnce(kind: string, key: string, claim: string) {
    return this.#onces.take(kind, key, claim, this.#clock.now())
  }

  async touch(uses: readonly UseOf[]) {
    for (const { kind, id, at, count, ip } of uses) {
      const slot = this.#slot(kind, id)
      if (slot === undefined) continue
      const before = slot.use
      const isNewer = before === null || at > before.at
      slot.use = Object.freeze({ ...(isNewer ? { at, ip } : before), count: count + (before?.count ?? 0) })
    }
  }

  async spend(kind: Kind, id: string, budgets: readonly Budget[]) {
    const now = this.#clock.now()
    const slot = this.#slot(kind, id)
    if (slot === undefined) return { now, ok: false, states: budgets.map(nothingLeft) }
    const { ok, counters, states } = spendFrom(slot.counters, budgets, now)
    slot.counters = counters
    return { now, ok, states }
  }

  async changes(cursor: number, limit: number) {
    return this.#feed.after(cursor, limit)
  }

  async sweep(limit: number) {
    const now = this.#clock.now()
    const parts = [...Object.values(this.#tables), this.#events, this.#onces, this.#feed]
    let removed = 0
    for (const part of parts) removed += part.sweep(now, limit - removed)
    return { removed, more: parts.some((part) => part.hasDue(now)) }
  }

  #slot<K extends Kind>(kind: K, id: string): Slot<Records[K]> | undefined {
    const table: Table<Records[K]> = this.#tables[kind]
    return table.get(id)
  }

  #is({ kind, id, version }: Condition): boolean {
    return (this.#slot(kind, id)?.version ?? 0) === version
  }

  readonly #chainOf = chains(
    (kind, id) => this.#slot(kind, id),
    () => this.#tables.account.moves,
  )

  #itemOf(kind: ListKind, slot: Slot): ItemOf<ListKind> {
    if (kind === 'event') return slot.record as EventRecord
    const { id, version, record, use } = slot as Slot<Records[typeof kind]>
    return {
      id,
      version,
      record,
      chain: this.#chainOf(kind, slot as Slot<Records[typeof kind]>),
      use,
    } as ItemOf<ListKind>
  }
}
