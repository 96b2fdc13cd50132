/** What is handed back in place of an answer that did not come in time. */
export const LATE = Symbol('late')

/** Waits for an answer no longer than so many milliseconds, and keeps no process alive for it. What comes later is dropped. */
export async function withDeadline<T>(work: () => T | Promise<T>, milliseconds: number): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds)
    timer.unref?.()
  })
  try {
    return await Promise.race([(async () => work())(), late])
  } finally {
    clearTimeout(timer)
  }
}
