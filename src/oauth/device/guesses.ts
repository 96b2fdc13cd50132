import { tupleKey } from '../../core/digest.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'

/** As many codes may a user type within `WINDOW` milliseconds, right ones included (RFC 8628 section 5.1). */
const MOST = 10
const WINDOW = 600_000
const KIND = 'device.guess'

/** Counts a code that a user typed. Throws a `Refusal` where they typed too many. */
export async function countGuess({ store }: Context, subject: string, now: number): Promise<void> {
  for (let n = 0; n < MOST; n++) {
    if (await store.insertOnce(KIND, tupleKey(KIND, subject, `${n}`), null, now + WINDOW)) return
  }
  throw new Refusal('user_code_attempts', { detail: subject })
}
