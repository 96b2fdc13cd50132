import type { Owner } from '../core/subject.js'
import type { Chains } from './chain.js'
import type { Entry, EventRecord, Kind, Limit, Records } from './records.js'

/** What a store can promise. The core refuses combinations that would be unsafe. */
export interface Capabilities {
  /** A write that was answered is seen by every later read, whoever asks, those that may be late included. */
  readonly linearizable: boolean
  /**
   * Of a store that is not linearizable in this alone: by how many milliseconds at the most a read may miss a write of somebody else
   * when it was asked for as `late`. Absent where none does.
   */
  readonly maxStaleness?: number
  /** An answered write outlives the process. */
  readonly durable: boolean
  /** Several processes may use it together. */
  readonly shared: boolean
}

/** How a read may be answered. */
export interface ReadOptions {
  /**
   * The answer may be as old as `capabilities.maxStaleness`. For a check that lets a request pass or not: never for a read whose answer
   * decides a write, a gift or a secret. A store that has no bound reads as always.
   */
  readonly late?: boolean
}

/** A record as it was read. Version 0 and no record where there is none. */
export interface Read<K extends Kind> {
  /** The store's time, in milliseconds since 1970. */
  readonly now: number
  readonly version: number
  readonly record: Records[K] | undefined
}

/** A record with all that it hangs on. The chain is empty where there is no record. */
export interface ReadWith<K extends Kind> extends Read<K> {
  readonly chain: Chains[K] | undefined
}

/** A record as it stands, with the version that it has. */
export interface Row<K extends Kind> {
  readonly id: string
  readonly version: number
  readonly record: Records[K]
}

/** `conflict`: the version, or a condition, had moved. `duplicate`: another record has the unique key. */
export type WriteOutcome = 'written' | 'conflict' | 'duplicate'

/** A record that must be as it was read, for the write to take place; version 0 for one that must not exist. */
export interface Condition {
  readonly kind: Kind
  readonly id: string
  readonly version: number
}

/** What became of a record, for those who follow the feed. */
export interface Effect {
  readonly effect: 'ended' | 'paused' | 'resumed' | 'narrowed'
  readonly status: string
  readonly epochs: Readonly<Record<string, number>>
}

/** An entry of the revocation feed. */
export interface Change extends Effect {
  /** Without gaps that a later commit could fill. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly kind: Kind
  readonly id: string
}

/** What goes with a write, in the same transaction. */
export interface WriteOptions {
  /** All of them have to hold, or the answer is `conflict`. */
  readonly onlyIf?: readonly Condition[]
  /** Kept with the record, or not at all. */
  readonly event?: EventRecord
  /** Fed with the record, or not at all. */
  readonly change?: Effect
}

/** When, from where and how often something was used. */
export interface Use {
  /** The last time, in milliseconds since 1970. */
  readonly at: number
  readonly count: number
  /** The address of the last time, in its canonical form; `null` where none was given. */
  readonly ip: string | null
}

/** What is to be added to the use of a record. */
export interface UseOf extends Use {
  readonly kind: Kind
  readonly id: string
}

/** What lists may be narrowed to; every condition that is given must hold. Moments are milliseconds since 1970. */
export interface Filters {
  readonly token: {
    readonly owner?: Owner
    readonly tenant?: string
    /** Expires after this moment. */
    readonly expiresAfter?: number
    /** Expires, and not later than at this moment. */
    readonly expiresBy?: number
    /** Neither made nor used after this moment. */
    readonly idleSince?: number
    /** Without the revoked ones. */
    readonly unrevoked?: boolean
  }
  readonly account: {
    readonly type?: Records['account']['type']
    readonly tenant?: string
    readonly undeleted?: boolean
  }
  readonly client: { readonly tenant?: string }
  readonly grant: { readonly subject?: string; readonly client?: string; readonly tenant?: string }
  readonly key: Readonly<Record<never, never>>
  readonly event: {
    /** The record it happened to. */
    readonly about?: string
    readonly owner?: Owner
    readonly tenant?: string
    /** Who asked for it. */
    readonly by?: { readonly kind: string; readonly id: string }
  }
}

/** A record as a list has it: with all that it hangs on, and its use, or `null` where it has none. */
export interface Listed<K extends Kind> extends Row<K> {
  readonly chain: Chains[K]
  readonly use: Use | null
}

/** What can be listed: the kinds that have filters, and events. */
export type ListKind = keyof Filters
/** An item of a list of that kind. */
export type ItemOf<K extends ListKind> = K extends Kind ? Listed<K> : EventRecord

/** Which part of a list is asked for. */
export interface PageRequest {
  /** How many items at the most. */
  readonly limit: number
  /** Where the last page ended. */
  readonly after?: Position
}

/** Where an item stands among its kind. */
export interface Position {
  readonly order: number
  readonly id: string
}

/** A part of a list. */
export interface Page<K extends ListKind> {
  /** The store's time, in milliseconds since 1970. */
  readonly now: number
  readonly items: readonly ItemOf<K>[]
  /** Where the next page goes on; absent on the last one. */
  readonly next?: Position
}

/** A share of a limit that is asked for. */
export interface Budget extends Limit {
  readonly cost: number
}

/** How a limit stands after it was asked. Times are milliseconds from now. */
export interface BudgetState extends Limit {
  readonly remaining: number
  /** In what time some of it comes back; `null` where nothing is missing, or never. */
  readonly moreAfter: number | null
  /** In what time the cost that was refused can be had; `null` where it was not refused, or never can. */
  readonly retryAfter: number | null
  readonly refused: boolean
}

/** What became of budgets that were asked for together. */
export interface Spent {
  /** The store's time, in milliseconds since 1970. */
  readonly now: number
  /** Whether all of them were granted; otherwise none was spent. */
  readonly ok: boolean
  /** One for each budget, in the order in which they were asked for. */
  readonly states: readonly BudgetState[]
}

/** What has happened since a cursor. */
export interface Changes {
  readonly changes: readonly Change[]
  /** Where to go on: the number of the last entry that was read. */
  readonly cursor: number
  /** The feed no longer reaches back to the cursor: whoever follows must start anew. */
  readonly reset: boolean
}

/**
 * Where records live. Adapters hold no protocol logic: each member is one statement, or one fixed batch, that says who won.
 * Any method may reject; the core then answers `unavailable`, never a denial and never an approval.
 */
export interface TokenStore {
  readonly capabilities: Capabilities
  /** The record of that id, and the store's time. */
  get<K extends Kind>(kind: K, id: string): Promise<Read<K>>
  /** The record with the whole chain it hangs on, in one round trip: the hot path. */
  getWith<K extends Kind>(kind: K, id: string, options?: ReadOptions): Promise<ReadWith<K>>
  /** The record that holds a unique key. */
  find<K extends Kind>(kind: K, unique: string): Promise<(Row<K> & { readonly now: number }) | undefined>
  /**
   * Replaces what has the version `expected` (0: must not exist) by `next` (`null`: removes it). The record, its event and
   * its entry in the feed commit together, or none does.
   */
  write<K extends Kind>(
    kind: K,
    id: string,
    expected: number,
    next: Records[K] | null,
    options?: WriteOptions,
  ): Promise<WriteOutcome>
  /** Newest first, by keyset; also the audit trail. */
  list<K extends ListKind>(kind: K, filter: Filters[K], page: PageRequest): Promise<Page<K>>
  /** Whether this caller was the first with this key. The entry lives until `expiresAt`, in milliseconds since 1970. */
  insertOnce(kind: string, key: string, value: Entry, expiresAt: number): Promise<boolean>
  /** The value, to one claim only; the same claim may read it back until it expires. */
  takeOnce(kind: string, key: string, claim: string): Promise<Entry | undefined>
  /** Adds to the counts and moves the last use forward, never back. */
  touch(uses: readonly UseOf[]): Promise<void>
  /** All of the budgets of one holder, or none. */
  spend(kind: Kind, id: string, budgets: readonly Budget[]): Promise<Spent>
  /** The revocation feed after a cursor; 0 for the beginning. */
  changes(cursor: number, limit: number): Promise<Changes>
  /**
   * Removes at most `limit` of what nobody needs any more: all whose `keepUntil` has come, and the tokens that ended with an account
   * whose `keepUntil` has come. Such an account stays, and counts as one that was removed once no such token is left. So does an
   * authorization whose refresh token has a salt: it loses that, and is due again when its salt says.
   */
  sweep(limit: number): Promise<{ readonly removed: number; readonly more: boolean }>
}
