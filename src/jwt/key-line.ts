import { tupleKey } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { type Actor, system } from '../core/subject.js'
import type { KeyRecord } from '../store/records.js'
import type { Page, Position, WriteOptions } from '../store/store.js'
import { generateKey, publicJwkOf, signingKey } from './jwk.js'
import type { KeyContext } from './key-context.js'
import { type KeyRow, type Step, successorOf } from './stage.js'
import { thumbprint } from './thumbprint.js'
import type { PublicJwk, SigningKey } from './types.js'

/*
 * The line of keys in the store. Each step is one write that says who won; whoever did not win reads again. Nothing is left half
 * done: a key without a time is given one by whoever comes next.
 */

export interface Line {
  /** The store's time. */
  readonly now: number
  readonly rows: readonly KeyRow[]
}

const PAGE = 100

/** All keys of the store. Rejects with `store_corrupt` where one of them is not what was written: none must seem to be missing. */
export async function readLine({ store, corrupt }: KeyContext): Promise<Line> {
  const before = corrupt()
  const rows: KeyRow[] = []
  let page: Page<'key'> | undefined
  let after: Position | undefined
  do {
    page = await store.list('key', {}, { limit: PAGE, ...(after && { after }) })
    rows.push(...page.items)
    after = page.next
  } while (after !== undefined)
  if (corrupt() !== before || !rows.every(isNamedForItself)) {
    throw new TokenloopError('store_corrupt', 'a stored signing key is not what was written')
  }
  return { now: page.now, rows }
}

function isNamedForItself({ id, record }: KeyRow): boolean {
  try {
    const jwk = publicJwkOf(record.publicJwk)
    return jwk.kid === id && thumbprint({ ...jwk }) === id
  } catch {
    return false
  }
}

/** The line with a key in it: of all that find none, one makes the first, which signs at once. */
export async function demandLine(context: KeyContext): Promise<Line> {
  const line = await readLine(context)
  if (line.rows.length > 0) return line
  await certainly(() =>
    putNew(context, line.now, {
      unique: tupleKey('key', 'first'),
      born: { stage: 'active', activeAt: line.now },
      by: system,
    }),
  )
  const { rows, now } = await readLine(context)
  if (rows.length === 0) throw new TokenloopError('unavailable', 'the first signing key cannot be made')
  return { rows, now }
}

/** Gives the last key of the line a successor, unless somebody else does. It gets its time once it has been seen. */
export const announceSuccessor = (context: KeyContext, last: KeyRow, now: number, by: Actor): Promise<void> =>
  certainly(() =>
    putNew(context, now, {
      unique: successorOf(last.id),
      born: { stage: 'announced', activeAt: null },
      by,
      onlyIf: [{ kind: 'key', id: last.id, version: last.version }],
    }),
  )

/** Writes what becomes of a key, unless somebody else did. */
export async function take(context: KeyContext, { row, next, type }: Step, now: number): Promise<void> {
  const event = type && context.audit(now, { type, by: system, about: row.id })
  const outcome = await context.store.write('key', row.id, row.version, next, { ...(event && { event }) })
  if (outcome === 'written' && event) context.tell(event)
}

/**
 * The key of a row, ready to sign. Rejects with `key_unavailable` where it was sealed with a key that is not at hand, for another
 * row, or has been erased.
 */
export async function openKey(context: KeyContext, row: KeyRow): Promise<SigningKey> {
  try {
    const d = await openPrivateNumber(context, row)
    return await signingKey({ ...publicJwkOf(row.record.publicJwk), d }, context.pool)
  } catch (cause) {
    throw new TokenloopError(
      'key_unavailable',
      'the signing key cannot be opened: is its sealing key among `sealWith`?',
      {
        cause,
      },
    )
  }
}

/** Rejects with `not_sealed`. */
export async function openPrivateNumber({ sealer }: KeyContext, { id, record }: KeyRow): Promise<string> {
  if (record.sealed === null) throw new TokenloopError('not_sealed', 'the key is gone')
  return sealer.open(record.sealed, ['key', id])
}

interface NewKey extends Pick<WriteOptions, 'onlyIf'> {
  readonly unique: string
  readonly born: Pick<KeyRecord, 'stage' | 'activeAt'>
  readonly by: Actor
}

async function putNew(context: KeyContext, now: number, { unique, born, by, onlyIf = [] }: NewKey): Promise<void> {
  const { d, ...publicJwk } = await generateKey()
  const { kid } = publicJwk
  const record: KeyRecord = {
    ...born,
    algorithm: 'ES256',
    publicJwk: { ...publicJwk } satisfies PublicJwk,
    sealed: await context.sealer.seal(d, ['key', kid]),
    retiresAt: null,
    createdAt: now,
    order: context.order(now),
    unique,
    keepUntil: null,
  }
  const event = context.audit(now, {
    type: born.stage === 'active' ? 'key.activated' : 'key.announced',
    by,
    about: kid,
  })
  const outcome = await context.store.write('key', kid, 0, record, { onlyIf, event })
  if (outcome === 'written') context.tell(event)
}

/** Tries once more after a failure: what was written all the same is then found by its unique key, and nothing is written twice. */
async function certainly(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch {
    await write()
  }
}
