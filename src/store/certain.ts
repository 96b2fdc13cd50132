import type { Kind, Records } from './records.js'
import type { TokenStore, WriteOptions, WriteOutcome } from './store.js'

/**
 * Writes a record that nobody else could have made. Where the answer was lost, or is that of a second delivery, looks whether the
 * record in place is the caller's own: then it was written. Rejects with `unavailable` where that cannot be told.
 */
export async function writeCertainly<K extends Kind>(
  store: TokenStore,
  kind: K,
  id: string,
  expected: number,
  next: Records[K],
  options: WriteOptions,
  isOwn: (record: Records[K]) => boolean,
): Promise<WriteOutcome> {
  const isInPlace = async () => {
    const { record } = await store.get(kind, id)
    return record !== undefined && isOwn(record)
  }
  let outcome: WriteOutcome
  try {
    outcome = await store.write(kind, id, expected, next, options)
  } catch (error) {
    if (await isInPlace()) return 'written'
    throw error
  }
  return outcome === 'written' || (await isInPlace()) ? 'written' : outcome
}
