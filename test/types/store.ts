import type * as face from 'tokenloop'
import type {
  Budget,
  Change,
  Changes,
  Condition,
  Entry,
  EventRecord,
  Filters,
  Kind,
  Listed,
  ListKind,
  Page,
  PageRequest,
  Read,
  ReadOptions,
  ReadWith,
  Records,
  Row,
  Spent,
  System,
  TokenStore,
  UseOf,
  WriteOptions,
  WriteOutcome,
} from 'tokenloop'
import { type Equal, holds, some } from './expect.js'

/** A store of somebody else: every type that it needs comes from the public face. */
class Adapter implements TokenStore {
  readonly capabilities = { linearizable: true, durable: true, shared: true }
  get<K extends Kind>(_kind: K, _id: string): Promise<Read<K>> {
    return some()
  }
  getWith<K extends Kind>(_kind: K, _id: string, _options?: ReadOptions): Promise<ReadWith<K>> {
    return some()
  }
  find<K extends Kind>(_kind: K, _unique: string): Promise<(Row<K> & { readonly now: number }) | undefined> {
    return some()
  }
  write<K extends Kind>(
    _kind: K,
    _id: string,
    _expected: number,
    _next: Records[K] | null,
    _options?: WriteOptions,
  ): Promise<WriteOutcome> {
    return some()
  }
  list<K extends ListKind>(_kind: K, _filter: Filters[K], _page: PageRequest): Promise<Page<K>> {
    return some()
  }
  insertOnce(_kind: string, _key: string, _value: Entry, _expiresAt: number): Promise<boolean> {
    return some()
  }
  takeOnce(_kind: string, _key: string, _claim: string): Promise<Entry | undefined> {
    return some()
  }
  touch(_uses: readonly UseOf[]): Promise<void> {
    return some()
  }
  spend(_kind: Kind, _id: string, _budgets: readonly Budget[]): Promise<Spent> {
    return some()
  }
  changes(_cursor: number, _limit: number): Promise<Changes> {
    return some()
  }
  sweep(_limit: number): Promise<{ readonly removed: number; readonly more: boolean }> {
    return some()
  }
}

// What the types of the face are made of is on it as well.
holds<Equal<WriteOptions['onlyIf'], readonly Condition[] | undefined>>()
holds<Equal<Changes['changes'][number], Change>>()
holds<Equal<Page<'event'>['items'][number], EventRecord>>()
holds<Equal<Page<'token'>['items'][number], Listed<'token'>>>()
holds<Equal<typeof face.system, System>>()
holds<Equal<ReadWith<'token'>['chain'], face.Chains['token'] | undefined>>()
holds<Equal<face.Chains['token']['owner'], face.Link<'account'>>>()
holds<Equal<Records['token'], face.TokenRecord>>()
holds<Equal<Records['key']['sealed'], face.Sealed | null>>()
holds<Equal<face.TokenRecord['digest'], face.Digest>>()
holds<Equal<NonNullable<face.MemoryStoreOptions['latency']>, face.Latency>>()

void Adapter
