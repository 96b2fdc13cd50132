import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A file to read, or what could not be looked into. */
export interface Entry {
  readonly path: string
  readonly fault?: unknown
}

/**
 * Every file at and below some paths, in the order of their names. Below a folder, links are not followed, so that nothing is read
 * twice and nothing without an end, and what is neither file nor folder is left out; what the caller names itself is always read.
 */
export function* walk(paths: readonly string[]): Generator<Entry> {
  for (const path of paths) yield* attempt(path, () => (statSync(path).isDirectory() ? below(path) : [{ path }]))
}

function* below(folder: string): Generator<Entry> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    yield* attempt(path, () => {
      const kind = lstatSync(path)
      if (kind.isDirectory()) return below(path)
      return kind.isFile() ? [{ path }] : []
    })
  }
}

function* attempt(path: string, look: () => Iterable<Entry>): Generator<Entry> {
  try {
    yield* look()
  } catch (error) {
    yield { path, fault: error }
  }
}
