import { LATE, withDeadline } from '../core/deadline.js'
import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import type { Owner } from '../core/subject.js'
import { type Duration, delay, duration } from '../core/time.js'

/** Asks the host whether a user may still act. */
export interface LivenessOptions {
  /** `true` for yes, `false` for no; whatever else it answers, throws, or takes too long for is `unavailable`. */
  readonly check: (owner: Owner, tenant: string | null) => boolean | Promise<boolean>
  /** How old an answer may be that is used again: the bound after which a user that was disabled is refused. */
  readonly maxStaleness: Duration
  /** How long to wait for an answer; 2 seconds by default. */
  readonly timeout?: Duration
}

const OPTIONS = optionsOf<LivenessOptions>('ownerActive', { check: true, maxStaleness: true, timeout: true })

/** Whether an owner may act, as the host says. Throws `unavailable`. */
export type Liveness = (owner: Owner, tenant: string | null, now: number) => Promise<boolean>

const MOST_ANSWERS = 10_000

/** Asks once at a time for each owner, and remembers the answer no longer than the bound. Service accounts are not asked for. */
export function createLiveness(options: LivenessOptions): Liveness {
  OPTIONS.check(options)
  const { check } = options
  if (typeof check !== 'function') throw new TokenloopError('invalid_option', 'ownerActive.check must be a function')
  const maxStaleness = duration(options.maxStaleness, 'ownerActive.maxStaleness')
  const timeout = delay(options.timeout ?? '2s', 'ownerActive.timeout')
  const answers = new Map<string, { readonly asked: number; readonly answer: Promise<boolean> }>()

  const ask = (key: string, owner: Owner, tenant: string | null, now: number) => {
    const answer = answerOf(() => check(owner, tenant), timeout)
    answers.delete(key)
    answers.set(key, { asked: now, answer })
    // What failed is asked anew by the next caller.
    answer.catch(() => answers.get(key)?.answer === answer && answers.delete(key))
    for (const oldest of answers.keys()) {
      if (answers.size <= MOST_ANSWERS) break
      answers.delete(oldest)
    }
    return answer
  }

  return (owner, tenant, now) => {
    if (owner.kind === 'account') return Promise.resolve(true)
    const key = JSON.stringify([owner.id, tenant])
    const known = answers.get(key)
    const fresh = known !== undefined && now >= known.asked && now - known.asked < maxStaleness
    return fresh ? known.answer : ask(key, owner, tenant, now)
  }
}

/** What the host says, if it says one or the other in time. */
async function answerOf(check: () => unknown, timeout: number): Promise<boolean> {
  let answer: unknown
  try {
    answer = await withDeadline(check, timeout)
  } catch (cause) {
    throw new TokenloopError('unavailable', 'ownerActive failed', { cause })
  }
  if (typeof answer === 'boolean') return answer
  throw new TokenloopError(
    'unavailable',
    answer === LATE ? 'ownerActive took too long' : 'ownerActive says neither yes nor no',
  )
}
