import { fileURLToPath } from 'node:url'

/** Where the programs of the workers of a run lie, by the process id of the run: where packages are found, and nobody looks. */
export const programsOf = (run: number): string =>
  fileURLToPath(new URL(`../../node_modules/.workers/${run}/`, import.meta.url))
