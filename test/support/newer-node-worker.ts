import { fileURLToPath } from 'node:url'
import { afterAll, inject } from 'vitest'
import { startWorker, type Worker } from './workers.js'

const JOBS = fileURLToPath(new URL('./jobs/node-sqlite.ts', import.meta.url))

let started: Promise<Worker> | undefined

afterAll(async () => {
  await (await started)?.kill()
  started = undefined
})

/** A process of a newer Node that the tests of a file share. */
export function newerNodeWorker(): Promise<Worker> {
  started ??= startWorker(JOBS, {}, inject('newerNode'))
  return started
}
