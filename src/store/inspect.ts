import { count, having, name, positive } from '../core/shape.js'
import { isFrozen, isUse } from './answers.js'
import { followChain, HANGS_ON, type Link, type Step } from './chain.js'
import type { Kind, RecordBase, Records } from './records.js'
import type { ListKind } from './store.js'
import { IS_RECORD, isEventRecord } from './validate.js'

/** Thrown for a row that is not what the library wrote. */
export class CorruptRow {
  readonly kind: string
  readonly id: string

  constructor(kind: string, id: string) {
    this.kind = kind
    this.id = id
  }
}

/** Throws where an answer is not of the promised shape. */
export function demand(holds: boolean): asserts holds {
  if (!holds) throw new TypeError('an answer of the store is not of the promised shape')
}

/** A row as an adapter hands it out: anything at all may be in it. */
interface Claimed {
  readonly version: unknown
  readonly record: unknown
}

/** Looks at rows, and throws a `CorruptRow`, or whatever else for an answer that is none. */
export interface Inspector {
  /** A record, or that there is none. */
  read(kind: Kind, id: string, answer: Claimed & { readonly now: unknown }): void
  readWith(kind: Kind, id: string, answer: Claimed & { readonly now: unknown; readonly chain: unknown }): void
  /** What was found under a unique key, which a database may compare less strictly than we do. */
  found(kind: Kind, unique: string, answer: Claimed & { readonly now: unknown; readonly id: unknown }): void
  item(kind: ListKind, item: unknown): void
}

const hasId = having<{ id: string }>({ id: name })

export function createInspector(): Inspector {
  const sound = new Remembered()

  const row = (kind: Kind, id: string, { version, record }: Claimed): void => {
    demand(typeof version === 'number' && record !== undefined)
    if (!positive(version) || !sound.isRecord(kind, record)) throw new CorruptRow(kind, id)
  }

  /** A row, or that there is none. */
  const perhaps = (kind: Kind, id: string, claimed: Claimed): void => {
    if (claimed.record !== undefined) row(kind, id, claimed)
    else demand(claimed.version === 0)
  }

  /** All that a sound record hangs on. */
  const chain = (kind: Kind, record: Records[Kind], links: unknown): void => {
    demand(typeof links === 'object' && links !== null)
    if (sound.isChain(kind, record, links)) return
    followChain(stepsOf(kind, record), (role, { kind, id }) => {
      const link = (links as Links)[role]
      demand(link?.kind === kind && link.id === id)
      perhaps(kind, id, link)
      return link.record && stepsOf(kind, link.record)
    })
    sound.keepChain(kind, record, links as Links)
  }

  return {
    found(kind, unique, answer) {
      demand(count(answer.now) && hasId(answer))
      row(kind, answer.id, answer)
      demand((answer.record as RecordBase).unique === unique)
    },
    read(kind, id, answer) {
      demand(count(answer.now))
      perhaps(kind, id, answer)
    },
    readWith(kind, id, answer) {
      demand(count(answer.now))
      perhaps(kind, id, answer)
      if (answer.record !== undefined) chain(kind, answer.record as Records[Kind], answer.chain)
    },
    item(kind, item) {
      demand(hasId(item))
      if (kind === 'event') {
        if (!isEventRecord(item)) throw new CorruptRow(kind, item.id)
        return
      }
      const listed = item as Claimed & { readonly id: string; readonly chain: unknown; readonly use: unknown }
      row(kind, listed.id, listed)
      chain(kind, listed.record as Records[Kind], listed.chain)
      if (!isUse(listed.use)) throw new CorruptRow(kind, listed.id)
    },
  }
}

type Links = { readonly [role: string]: Link | undefined }

const stepsOf = <K extends Kind>(kind: K, record: Records[K]): readonly Step[] => HANGS_ON[kind](record)

/**
 * Records that were found to be sound, each with the chain that it was last read with. What nobody can change any more is not
 * looked at again: a store in memory hands out the same each time.
 */
class Remembered {
  readonly #kinds: { readonly [K in Kind]: WeakMap<object, object | undefined> } = {
    token: new WeakMap(),
    account: new WeakMap(),
    client: new WeakMap(),
    grant: new WeakMap(),
    authorization: new WeakMap(),
    access: new WeakMap(),
    key: new WeakMap(),
  }

  isRecord(kind: Kind, record: unknown): boolean {
    const known = this.#kinds[kind]
    if (known.has(record as object)) return true
    if (!IS_RECORD[kind](record)) return false
    if (isFrozen(record)) known.set(record, undefined)
    return true
  }

  isChain(kind: Kind, record: object, links: object): boolean {
    return this.#kinds[kind].get(record) === links
  }

  /** Keeps a sound chain in mind, unless somebody could still change it. */
  keepChain(kind: Kind, record: object, links: Links): void {
    const known = this.#kinds[kind]
    if (known.has(record) && isFrozen(links)) known.set(record, links)
  }
}
