/*
 * A process that does what it is asked to, and answers.
 */

/** Something that a worker does; what it is given and answers goes through JSON. */
export type Job = (task: never) => Promise<unknown>
export type Jobs = Readonly<Record<string, Job>>

export interface Asked {
  readonly number: number
  readonly job: string
  readonly task: unknown
}

export interface Told {
  readonly number: number
  readonly answer?: unknown
  readonly fault?: { readonly code: string; readonly message: string }
}

const faultOf = (error: unknown) => ({
  code: String((error as { code?: unknown } | null)?.code),
  message: error instanceof Error ? error.message : String(error),
})

async function perform(jobs: Jobs, { number, job, task }: Asked): Promise<Told> {
  try {
    return { number, answer: await jobs[job]?.(task as never) }
  } catch (error) {
    return { number, fault: faultOf(error) }
  }
}

/** Does these jobs, as they are asked for, as long as the one who asks is there. */
export function work(jobs: Jobs): void {
  process.on('message', async (asked: Asked) => {
    process.send?.(await perform(jobs, asked))
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ number: 0 } satisfies Told)
}
