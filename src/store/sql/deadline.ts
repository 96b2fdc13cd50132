import { TokenloopError } from '../../core/errors.js'
import { randomByte } from '../../core/random.js'
import { AnswerLost } from './faults.js'

/** Where waiting comes from, and chance. Tests give their own. */
export interface Timing {
  /** Calls once, after so many milliseconds, unless it is cancelled before by what it answers. */
  after(milliseconds: number, then: () => void): () => void
  /** From 0 up to, but without, 1. */
  random(): number
}

export const systemTiming: Timing = {
  after(milliseconds, then) {
    const timer = setTimeout(then, milliseconds)
    return () => clearTimeout(timer)
  },
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
  #held: Held | undefined

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
  }
}

/**
 * Does not wait longer than so many milliseconds for some work. The connection that it holds by then is discarded: nobody knows
 * what it would still answer.
 */
export function within<T>(milliseconds: number, timing: Timing, work: (call: Call) => Promise<T>): Promise<T> {
  const call = new Call()
  return new Promise((resolve, reject) => {
    const cancel = timing.after(milliseconds, () => {
      call.end()
      const words = `the database did not answer within ${milliseconds} ms`
      reject(call.isSent ? new AnswerLost(words, true) : new TokenloopError('unavailable', words))
    })
    work(call).then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error) => {
        cancel()
        reject(error)
      },
    )
  })
}
