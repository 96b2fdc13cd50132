import type { Context } from '../context.js'
import type { Client } from './client.js'

/** A client that nobody used stays from its first grant on, before there is one. False where it has to be read again. */
export async function keepClient({ store }: Context, { id, version, record }: Client): Promise<boolean> {
  if (record.keepUntil === null) return true
  await store.write('client', id, version, { ...record, keepUntil: null })
  return false
}
