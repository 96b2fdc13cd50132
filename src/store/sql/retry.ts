import type { Timing } from './deadline.js'
import { Undone } from './faults.js'

/** The longest wait before each further try, in milliseconds: three tries more, within 200 ms in all. */
const WAITS = [20, 60, 120]

/** Tries again what did not take place, after waits of random length, so that those who met do not meet again. */
export async function retrying<T>(
  timing: Timing,
  attempt: (tries: number) => T | Promise<T>,
  isOver: () => boolean = () => false,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(tries)
    } catch (error) {
      const longest = WAITS[tries]
      if (!(error instanceof Undone) || longest === undefined || isOver()) throw error
      await new Promise<void>((resolve) => timing.after(timing.random() * longest, resolve))
      if (isOver()) throw error
    }
  }
}
