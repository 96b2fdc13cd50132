import { TokenloopError } from '../core/errors.js'
import { publicJwkOf, verificationKey } from './jwk.js'
import type { KeyContext } from './key-context.js'
import { type Line, openKey } from './key-line.js'
import { type KeyRow, nextMoment, type Stage, type StagedKey, stagesAt } from './stage.js'
import type { NoKey, PublicJwk, SigningKey, VerificationKey } from './types.js'

/** The keys as they are for a while: all stages hold until a moment that is known. */
export interface View {
  /** By the store's time, in milliseconds since 1970. */
  readonly until: number
  /** The key that signs, unless it cannot be opened. */
  readonly active: SigningKey | undefined
  /** What verifies, and is published: the announced, the active and the retiring keys. */
  readonly usable: ReadonlyMap<string, VerificationKey>
  readonly published: readonly PublicJwk[]
}

/** Keys that have been imported, by id: each one is imported once, however often the store is read. */
export interface Imported {
  readonly verifying: ReadonlyMap<string, VerificationKey>
  readonly signing: ReadonlyMap<string, SigningKey>
}

export const NOTHING_IMPORTED: Imported = { verifying: new Map(), signing: new Map() }

/** Imports what is new in a line. The key that signs, and those that will, are opened early: a failure shows before it matters. */
export async function importKeys(context: KeyContext, { rows, now }: Line, before: Imported): Promise<Imported> {
  const verifying = new Map<string, VerificationKey>()
  const signing = new Map<string, SigningKey>()
  for (const { row, stage } of stagesAt(rows, now, context.terms)) {
    if (stage === 'gone') continue
    verifying.set(row.id, before.verifying.get(row.id) ?? (await importRow(context, row)))
    if (stage === 'retiring') continue
    const key = before.signing.get(row.id) ?? (await openKey(context, row).catch(() => unreadable(context, row)))
    if (key !== undefined) signing.set(row.id, key)
  }
  return { verifying, signing }
}

async function importRow({ pool }: KeyContext, { record }: KeyRow): Promise<VerificationKey> {
  try {
    return await verificationKey(publicJwkOf(record.publicJwk), pool)
  } catch (cause) {
    throw new TokenloopError('store_corrupt', 'a stored signing key is none', { cause })
  }
}

function unreadable({ tell }: KeyContext, { id, record }: KeyRow): undefined {
  tell({ type: 'key.unreadable', at: null, about: id, detail: { sealedWith: record.sealed?.key ?? null } })
}

/** The view at a moment of the store's time. */
export function viewAt(
  { terms }: KeyContext,
  rows: readonly KeyRow[],
  { verifying, signing }: Imported,
  now: number,
): View {
  const keys = stagesAt(rows, now, terms)
  const active = keys.find(({ stage }) => stage === 'active')
  const usable = new Map<string, VerificationKey>()
  for (const { row, stage } of keys) {
    const key = verifying.get(row.id)
    if (stage !== 'gone' && key !== undefined) usable.set(row.id, key)
  }
  return {
    until: nextMoment(rows, now, terms),
    active: active && signing.get(active.row.id),
    usable,
    published: [...usable.values()].map(({ jwk }) => jwk),
  }
}

/** The key of that id; without an id the only one, since to try several would let a caller choose how much work a token makes. */
export function pick(keys: ReadonlyMap<string, VerificationKey>, kid: string | undefined): VerificationKey | NoKey {
  if (kid !== undefined) return keys.get(kid) ?? 'unknown_key'
  const [only, ...others] = keys.values()
  if (only === undefined) return 'unknown_key'
  return others.length === 0 ? only : 'ambiguous_key'
}

/** What a host sees of a key. Times are milliseconds since 1970 by the store's clock. */
export interface KeyInfo {
  /** Its thumbprint (RFC 7638), as `kid` in the header of what it signed. */
  readonly kid: string
  readonly stage: Stage
  readonly createdAt: number
  /** From when on it signs, unless it was revoked before; `null` where that is not settled yet. */
  readonly activeAt: number | null
  /** Since when another one signs in its place; `null` where none does. */
  readonly retiresAt: number | null
  /** The id of the sealing key that its private half is kept under; `null` where that is erased. */
  readonly sealedWith: string | null
}

export const infoOf = ({ row: { id, record }, stage }: StagedKey): KeyInfo => ({
  kid: id,
  stage,
  createdAt: record.createdAt,
  activeAt: record.activeAt,
  retiresAt: record.retiresAt,
  sealedWith: record.sealed?.key ?? null,
})
