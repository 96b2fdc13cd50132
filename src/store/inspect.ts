import { count, having, name, positive } from '../core/shape.js'
import { isUse } from './answers.js'
import { type Chains, followChain, type Link, stepsOf } from './chain.js'
import type { Kind, RecordBase, Records } from './records.js'
import type { ListKind, ReadWith, Row } from './store.js'
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

/** What was found to be sound of a record. */
export interface Note {
  sound: object | undefined
  /** The chain that it was last read with. */
  soundChain: object | undefined
}

/**
 * A record with a note of what was found to be sound of it: of a store that hands out the same objects each time, which nobody can
 * change, at any depth. They are not looked at again. A copy has no note.
 */
class Noted<K extends Kind, R extends Records[K] | undefined> {
  readonly version: number
  readonly record: R
  readonly #note: Note

  constructor({ version, record }: { readonly version: number; readonly record: R }, note: Note) {
    this.version = version
    this.record = record
    this.#note = note
  }

  static noteOf(value: object): Note | undefined {
    return #note in value ? value.#note : undefined
  }
}

/** A read with a note. */
export class NotedRead<K extends Kind> extends Noted<K, Records[K] | undefined> implements ReadWith<K> {
  readonly now: number
  readonly chain: Chains[K] | undefined

  constructor(read: ReadWith<K>, note: Note) {
    super(read, note)
    this.now = read.now
    this.chain = read.chain
  }
}

/** What was found under a unique key, with a note. */
export class NotedRow<K extends Kind> extends Noted<K, Records[K]> implements Row<K> {
  readonly now: number
  readonly id: string

  constructor(row: Row<K> & { readonly now: number }, note: Note) {
    super(row, note)
    this.now = row.now
    this.id = row.id
  }
}

/** A link with the note of what it leads to. */
export class NotedLink<K extends Kind> extends Noted<K, Records[K] | undefined> implements Link<K> {
  readonly kind: K
  readonly id: string

  constructor(link: Link<K>, note: Note) {
    super(link, note)
    this.kind = link.kind
    this.id = link.id
  }
}

/** A row as an adapter hands it out: anything at all may be in it. */
interface Claimed {
  readonly version: unknown
  readonly record: unknown
}

/** Looks at rows, and throws a `CorruptRow`, or whatever else for an answer that is none. */
interface Inspector {
  /** A record, or that there is none. */
  read(kind: Kind, id: string, answer: Claimed & { readonly now: unknown }): void
  readWith(kind: Kind, id: string, answer: Claimed & { readonly now: unknown; readonly chain: unknown }): void
  /** What was found under a unique key, which a database may compare less strictly than we do. */
  found(kind: Kind, unique: string, answer: Claimed & { readonly now: unknown; readonly id: unknown }): void
  item(kind: ListKind, item: unknown): void
}

const hasId = having<{ id: string }>({ id: name })

function demandRow(kind: Kind, id: string, { version, record }: Claimed, note?: Note): void {
  demand(typeof version === 'number' && record !== undefined)
  if (!positive(version)) throw new CorruptRow(kind, id)
  if (note !== undefined && note.sound === record) return
  if (!IS_RECORD[kind](record)) throw new CorruptRow(kind, id)
  if (note !== undefined) note.sound = record as object
}

/** A row, or that there is none. */
function demandRowOrNone(kind: Kind, id: string, claimed: Claimed, note?: Note): void {
  if (claimed.record !== undefined) demandRow(kind, id, claimed, note)
  else demand(claimed.version === 0)
}

/** All that a sound record hangs on. */
function demandChain(kind: Kind, record: Records[Kind], links: unknown, note?: Note): void {
  demand(typeof links === 'object' && links !== null)
  const isNoted = note !== undefined && note.sound === record
  if (isNoted && note.soundChain === links) return
  followChain(stepsOf(kind, record), (role, { kind, id }) => {
    const link = (links as Links)[role]
    demand(link?.kind === kind && link.id === id)
    demandRowOrNone(kind, id, link, Noted.noteOf(link))
    return link.record && stepsOf(kind, link.record)
  })
  if (isNoted) note.soundChain = links
}

/** Every rule; the same for all stores. */
export const inspector: Inspector = {
  found(kind, unique, answer) {
    demand(count(answer.now) && hasId(answer))
    demandRow(kind, answer.id, answer, Noted.noteOf(answer))
    demand((answer.record as RecordBase).unique === unique)
  },
  read(kind, id, answer) {
    demand(count(answer.now))
    demandRowOrNone(kind, id, answer, Noted.noteOf(answer))
  },
  readWith(kind, id, answer) {
    demand(count(answer.now))
    const note = Noted.noteOf(answer)
    demandRowOrNone(kind, id, answer, note)
    if (answer.record !== undefined) demandChain(kind, answer.record as Records[Kind], answer.chain, note)
  },
  item(kind, item) {
    demand(hasId(item))
    if (kind === 'event') {
      if (!isEventRecord(item)) throw new CorruptRow(kind, item.id)
      return
    }
    const listed = item as Claimed & { readonly id: string; readonly chain: unknown; readonly use: unknown }
    demandRow(kind, listed.id, listed)
    demandChain(kind, listed.record as Records[Kind], listed.chain)
    if (!isUse(listed.use)) throw new CorruptRow(kind, listed.id)
  },
}

type Links = { readonly [role: string]: Link | undefined }
