/** Told of what a caller is not: the error behind an answer of 500 or 503. Whatever it throws or rejects with is ignored. */
export type ErrorListener = (error: unknown) => unknown

/** A listener that cannot do harm. */
export function safeReport(listener: ErrorListener | undefined): (error: unknown) => void {
  return (error) => {
    try {
      Promise.resolve(listener?.(error)).catch(() => {})
    } catch {
      // The caller has an answer to get.
    }
  }
}
