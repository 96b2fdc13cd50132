import { type ChildProcess, fork } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { programsOf } from './programs.js'
import type { Asked, Told } from './worker.js'

/** What a worker said went wrong. */
export class WorkerFault extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A process that does the jobs of a module. */
export interface Worker {
  /** Rejects with a `WorkerFault`; one of the code `killed` where the process ended before it had answered. */
  ask<T>(job: string, task?: unknown): Promise<T>
  /** Ends it by SIGKILL: nothing in it can prepare for that. */
  kill(): Promise<void>
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const programs = new Map<string, Promise<string>>()

/** One file of all that a worker runs, so that many of them start soon. Packages are found from where it lies. */
function programOf(module: string): Promise<string> {
  const program = programs.get(module) ?? bundled(module)
  programs.set(module, program)
  return program
}

async function bundled(module: string): Promise<string> {
  const outfile = `${programsOf(process.ppid)}${basename(module, '.ts')}-${process.pid}.mjs`
  await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: `import { jobs } from ${JSON.stringify(module)}\nimport { work } from './worker.js'\nwork(jobs)`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    outfile,
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  return outfile
}

/** Starts a process that does the `jobs` that a module exports, by another Node if one is named. */
export async function startWorker(
  module: string,
  env: NodeJS.ProcessEnv = {},
  execPath: string = process.execPath,
): Promise<Worker> {
  const child = fork(await programOf(module), {
    execPath,
    execArgv: [],
    env: { ...process.env, ...env },
    serialization: 'advanced',
  })
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<number, (told: Told) => void>()
  let number = 0
  let isOver = false
  child.on('message', (told: Told) => {
    waiting.get(told.number)?.(told)
    waiting.delete(told.number)
  })
  const over = (number: number): Told => ({ number, fault: { code: 'killed', message: 'the worker has ended' } })
  void exit.then(() => {
    isOver = true
    for (const [number, tell] of waiting) tell(over(number))
  })
  const answer = (number: number) =>
    isOver ? Promise.resolve(over(number)) : new Promise<Told>((resolve) => waiting.set(number, resolve))
  demand(await answer(number))
  return {
    async ask<T>(job: string, task?: unknown): Promise<T> {
      const asked: Asked = { number: ++number, job, task }
      const told = answer(asked.number)
      send(child, asked)
      return demand(await told) as T
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

function send(child: ChildProcess, asked: Asked): void {
  if (child.connected) child.send(asked, () => {})
}

function demand({ answer, fault }: Told): unknown {
  if (fault !== undefined) throw new WorkerFault(fault.code, fault.message)
  return answer
}

/** So many at once. */
export const startWorkers = (count: number, module: string): Promise<readonly Worker[]> =>
  Promise.all(Array.from({ length: count }, () => startWorker(module)))

/** What each of them answers to the same job, asked at the same time. */
export const askAll = <T>(workers: readonly Worker[], job: string, task?: unknown): Promise<readonly T[]> =>
  Promise.all(workers.map((worker) => worker.ask<T>(job, task)))
