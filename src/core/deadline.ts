/** What is handed back in place of an answer that did not come in time. */
export const LATE = Symbol('late')

/** Waits for an answer no longer than so many milliseconds, and keeps no process alive for it. What comes later is dropped. */
export const withDeadline = <T>(work: () => T | Promise<T>, milliseconds: number): Promise<T | typeof LATE> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, LATE)
    timer.unref?.()
    const inTime = (settle: () => void) => {
      clearTimeout(timer)
      settle()
    }
    const working = (async () => work())()
    working.then(
      (answer) => inTime(() => resolve(answer)),
      (error) => inTime(() => reject(error)),
    )
  })
