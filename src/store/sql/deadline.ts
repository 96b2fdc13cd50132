import { TokenloopError } from '../../core/errors.js'
import { randomByte } from '../../core/random.js'
import { AnswerLost } from './faults.js'

/** Where waiting comes from, and chance. Tests give their own. */
export interface Timing {
  /** Milliseconds that pass, whatever becomes of the time of day. */
  now(): number
  /** Calls once, after so many milliseconds. */
  after(milliseconds: number, then: () => void): void
  /** As `after`; what it answers says whether that is a reason for a process to go on, as it is at first. */
  alarm(milliseconds: number, then: () => void): Alarm
  /** From 0 up to, but without, 1. */
  random(): number
}

/** A timer of Node; on other runtimes it may be a number. */
interface Alarm {
  ref?(): unknown
  unref?(): unknown
}

export const systemTiming: Timing = {
  now: () => performance.now(),
  after(milliseconds, then) {
    setTimeout(then, milliseconds)
  },
  alarm: (milliseconds, then) => setTimeout(then, milliseconds),
  random: () => randomByte() / 256,
}

/** A connection that a call holds. */
export interface Held {
  giveBack(): void
  /** Closes it, so that whoever waits for a connection gets another one. */
  discard(): void
}

/** A call under way: what its deadline finds when it passes. */
export class Call {
  /** A statement that may not be repeated is on its way: it may take place, whatever becomes of its answer. */
  isSent = false
  isOver = false
  readonly due: number
  readonly #late: (isSent: boolean) => void
  #held: Held | undefined

  constructor(due: number, late: (isSent: boolean) => void) {
    this.due = due
    this.#late = late
  }

  hold(connection: Held): void {
    this.#held = connection
  }

  /** Lets the connection go, once. */
  release(isUsable: boolean): void {
    const held = this.#held
    this.#held = undefined
    if (isUsable) held?.giveBack()
    else held?.discard()
  }

  end(): void {
    this.isOver = true
    this.release(false)
    this.#late(this.isSent)
  }
}

/**
 * Calls that have equally long. They are due in the order in which they began, so that one alarm does for all of them: mostly none
 * is under way any more when it goes off.
 */
class Deadline {
  readonly milliseconds: number
  readonly #timing: Timing
  readonly #calls = new Set<Call>()
  /** When the alarm goes off; one that did not is late, or no more, as where a runtime ends what a request has begun. */
  #alarmAt = -Infinity
  #alarm: Alarm | undefined

  constructor(milliseconds: number, timing: Timing) {
    this.milliseconds = milliseconds
    this.#timing = timing
  }

  begin(late: (isSent: boolean) => void): Call {
    const now = this.#timing.now()
    const call = new Call(now + this.milliseconds, late)
    this.#calls.add(call)
    if (this.#alarmAt < now) this.#pass(now)
    else if (this.#calls.size === 1) this.#alarm?.ref?.()
    return call
  }

  end(call: Call): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#alarm?.unref?.()
  }

  #set(due: number, now: number): void {
    this.#alarmAt = due
    this.#alarm = this.#timing.alarm(due - now, () => {
      // One that is late has another in its place by now.
      if (this.#alarmAt === due) this.#pass(this.#timing.now())
    })
  }

  #pass(now: number): void {
    this.#alarmAt = -Infinity
    for (const call of this.#calls) {
      if (call.due > now) {
        this.#set(call.due, now)
        break
      }
      this.#calls.delete(call)
      call.end()
    }
  }
}

/** Does not wait longer than so many milliseconds for some work. */
export type Within = <T>(milliseconds: number, work: (call: Call) => Promise<T>) => Promise<T>

/**
 * The deadlines of an engine. The connection that a call holds when its own passes is discarded: nobody knows what it would still
 * answer.
 */
export function deadlines(timing: Timing): Within {
  const known = new Map<number, Deadline>()
  const deadlineOf = (milliseconds: number) => {
    const deadline = known.get(milliseconds) ?? new Deadline(milliseconds, timing)
    known.set(milliseconds, deadline)
    return deadline
  }
  return (milliseconds, work) =>
    new Promise((resolve, reject) => {
      const deadline = deadlineOf(milliseconds)
      const call = deadline.begin((isSent) => {
        const words = `the database did not answer within ${milliseconds} ms`
        reject(isSent ? new AnswerLost(words, true) : new TokenloopError('unavailable', words))
      })
      work(call).then(
        (value) => {
          deadline.end(call)
          resolve(value)
        },
        (error) => {
          deadline.end(call)
          reject(error)
        },
      )
    })
}
