import { isFrozen, isUse } from './answers.js'
import { followChain, HANGS_ON, type Link, type Step } from './chain.js'
import type { Kind, RecordBase, Records } from './records.js'
import { count, having, name, positive } from './shape.js'
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

  const row = (kind: Kind, id: string, { version, record }: Claimed): readonly Step[] => {
    demand(typeof version === 'number' && record !== undefined)
    const steps = sound.stepsOf(kind, record)
    if (steps === undefined || !positive(version)) throw new CorruptRow(kind, id)
    return steps
  }

  /** A row, or that there is none. */
  const perhaps = (kind: Kind, id: string, claimed: Claimed): readonly Step[] | undefined => {
    if (claimed.record !== undefined) return row(kind, id, claimed)
    demand(claimed.version === 0)
    return undefined
  }

  const chain = (steps: readonly Step[], links: unknown): void => {
    demand(typeof links === 'object' && links !== null)
    followChain(steps, (role, { kind, id }) => {
      const link = (links as { readonly [role: string]: Link | undefined })[role]
      demand(link?.kind === kind && link.id === id)
      return perhaps(kind, id, link)
    })
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
      const steps = perhaps(kind, id, answer)
      if (steps !== undefined) chain(steps, answer.chain)
    },
    item(kind, item) {
      demand(hasId(item))
      if (kind === 'event') {
        if (!isEventRecord(item)) throw new CorruptRow(kind, item.id)
        return
      }
      const listed = item as Claimed & { readonly id: string; readonly chain: unknown; readonly use: unknown }
      chain(row(kind, listed.id, listed), listed.chain)
      if (!isUse(listed.use)) throw new CorruptRow(kind, listed.id)
    },
  }
}

/**
 * Records that were found to be sound, with what they hang on. One that nobody can change any more is not looked at again:
 * a store in memory hands out the same one each time.
 */
class Remembered {
  readonly #kinds: { readonly [K in Kind]: WeakMap<object, readonly Step[]> } = {
    token: new WeakMap(),
    account: new WeakMap(),
    client: new WeakMap(),
    grant: new WeakMap(),
    authorization: new WeakMap(),
    access: new WeakMap(),
    key: new WeakMap(),
  }

  /** What a record hangs on; `undefined` for a value that is no record of this kind. */
  stepsOf<K extends Kind>(kind: K, record: unknown): readonly Step[] | undefined {
    const remembered = this.#kinds[kind].get(record as object)
    if (remembered !== undefined) return remembered
    if (!IS_RECORD[kind](record)) return undefined
    const steps = HANGS_ON[kind](record as Records[K])
    if (isFrozen(record)) this.#kinds[kind].set(record, steps)
    return steps
  }
}
