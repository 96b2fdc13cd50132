/** How a call ended: its answer, or the code of its error. */
export const ended = <T>(promise: Promise<T>): Promise<T | string> =>
  promise.catch((error: unknown) => String((error as { code?: unknown }).code ?? error))
