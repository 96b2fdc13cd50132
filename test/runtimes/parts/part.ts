/** What a runtime is asked to do, by name. Each rejects where it fails. */
export type Parts = Readonly<Record<string, () => Promise<void>>>

export function demand(holds: boolean, what: string, cause?: unknown): void {
  if (!holds) throw new Error(what, { cause })
}

export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  demand(a === b, `${what}: expected ${b}, got ${a}`)
}

/** Begins the lines that say what became of a part. */
export const MARK = 'PART '

/** Does one after the other, and says of each what became of it: a line with JSON. */
export async function doAll(parts: Parts): Promise<void> {
  for (const [part, run] of Object.entries(parts)) {
    const fault = await run().then(() => null, String)
    console.log(MARK + JSON.stringify({ part, fault }))
  }
}
