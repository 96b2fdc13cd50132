import { pathToFileURL } from 'node:url'

/*
 * A process that does what it is asked to, and answers. It is started with the path of a module whose `jobs` it can do.
 */

/** Something that a worker does; what it is given and answers goes through JSON. */
export type Job = (task: never) => Promise<unknown>

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

const { jobs } = (await import(pathToFileURL(String(process.argv[2])).href)) as { jobs: Readonly<Record<string, Job>> }

const faultOf = (error: unknown) => ({
  code: String((error as { code?: unknown } | null)?.code),
  message: error instanceof Error ? error.message : String(error),
})

async function perform({ number, job, task }: Asked): Promise<Told> {
  try {
    return { number, answer: await jobs[job]?.(task as never) }
  } catch (error) {
    return { number, fault: faultOf(error) }
  }
}

process.on('message', async (asked: Asked) => {
  process.send?.(await perform(asked))
})
process.on('disconnect', () => process.exit())
process.send?.({ number: 0 } satisfies Told)
